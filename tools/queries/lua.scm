(function_declaration name: (identifier) @name) @function
(function_declaration name: (dot_index_expression table: (_) @receiver field: (_) @name)) @method
(function_declaration name: (method_index_expression table: (_) @receiver method: (_) @name)) @method
(assignment_statement
  (variable_list . name: (identifier) @name)
  (expression_list . value: (function_definition))) @function
(assignment_statement
  (variable_list . name: (dot_index_expression table: (_) @receiver field: (_) @name))
  (expression_list . value: (function_definition))) @method
(chunk (variable_declaration (assignment_statement
  (variable_list . name: (identifier) @name)
  (expression_list . value: [(number) (string) (table_constructor) (true) (false)]))) @constant)

(function_call
  name: (identifier) @_require
  arguments: (arguments . (string content: (_) @import))
  (#eq? @_require "require"))

(comment) @comment
(string) @string
