(class_declaration name: (_) @name) @class
(function_declaration name: (identifier) @name) @function
(generator_function_declaration name: (identifier) @name) @function
(method_definition name: (_) @name) @method

(variable_declarator
  name: (identifier) @name
  value: [(arrow_function) (function_expression) (generator_function)]) @function
(variable_declarator name: (identifier) @name value: (class)) @class
(expression_statement
  (assignment_expression
    left: (member_expression property: (property_identifier) @name)
    right: [(arrow_function) (function_expression)])) @function
(program (lexical_declaration (variable_declarator
  name: (identifier) @name
  value: [(number) (string) (template_string) (array) (object) (true) (false) (null) (regex)
          (new_expression) (call_expression) (member_expression) (binary_expression) (unary_expression)]) @constant))
(program (export_statement (lexical_declaration (variable_declarator
  name: (identifier) @name
  value: [(number) (string) (template_string) (array) (object) (true) (false) (null) (regex)
          (new_expression) (call_expression) (member_expression) (binary_expression) (unary_expression)]) @constant)))

(import_statement source: (string (string_fragment) @import))
(export_statement source: (string (string_fragment) @import))
(call_expression
  function: (identifier) @_require
  arguments: (arguments . (string (string_fragment) @import))
  (#eq? @_require "require"))

(comment) @comment
[(string) (template_string) (regex)] @string
