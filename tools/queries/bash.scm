(function_definition name: (word) @name) @function
(program (variable_assignment name: (variable_name) @name) @constant)
(program (declaration_command (variable_assignment name: (variable_name) @name)) @constant)

(command
  name: (command_name (word) @_source)
  argument: (word) @import
  (#any-of? @_source "source" "."))

(comment) @comment
[(string) (raw_string) (heredoc_body)] @string
