(class_declaration declaration_kind: ["class" "struct" "actor"] name: (type_identifier) @name) @class
(class_declaration declaration_kind: "enum" name: (type_identifier) @name) @enum
(class_declaration declaration_kind: "extension" name: (user_type (type_identifier) @name)) @scope
(protocol_declaration name: (type_identifier) @name) @interface
(function_declaration name: (simple_identifier) @name) @function
(protocol_function_declaration name: (simple_identifier) @name) @function
(init_declaration "init" @name) @method
(typealias_declaration name: (type_identifier) @name) @type
(source_file (property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @constant)

(import_declaration (identifier) @import)

[(comment) (multiline_comment)] @comment
[(line_string_literal) (multi_line_string_literal)] @string
