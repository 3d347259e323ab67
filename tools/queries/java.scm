[(class_declaration name: (_) @name) (record_declaration name: (_) @name)] @class
[(interface_declaration name: (_) @name) (annotation_type_declaration name: (_) @name)] @interface
(enum_declaration name: (_) @name) @enum
(method_declaration name: (_) @name) @method
(constructor_declaration name: (_) @name) @method
(field_declaration (modifiers "static" "final") declarator: (variable_declarator name: (_) @name)) @constant

(import_declaration (scoped_identifier) @import)

[(line_comment) (block_comment)] @comment
[(string_literal) (character_literal)] @string
