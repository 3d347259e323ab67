(class name: [(constant) @name (scope_resolution name: (_) @name)]) @class
(module name: [(constant) @name (scope_resolution name: (_) @name)]) @module
(method name: (_) @name) @function
(singleton_method name: (_) @name) @function
(assignment left: (constant) @name) @constant

(call
  method: (identifier) @_require
  arguments: (argument_list . (string (string_content) @import))
  (#match? @_require "^require(_relative)?$"))

(comment) @comment
[(string) (heredoc_body) (regex)] @string
