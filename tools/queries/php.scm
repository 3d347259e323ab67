(class_declaration name: (_) @name) @class
[(interface_declaration name: (_) @name) (trait_declaration name: (_) @name)] @interface
(enum_declaration name: (_) @name) @enum
(function_definition name: (_) @name) @function
(method_declaration name: (_) @name) @method
(const_declaration (const_element (name) @name)) @constant

(namespace_use_clause [(qualified_name) (name)] @import)
[(require_expression (string (string_content) @import))
 (require_once_expression (string (string_content) @import))
 (include_expression (string (string_content) @import))
 (include_once_expression (string (string_content) @import))]

(comment) @comment
[(string) (encapsed_string) (heredoc) (nowdoc)] @string
