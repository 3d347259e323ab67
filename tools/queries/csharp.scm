[(class_declaration name: (_) @name) (struct_declaration name: (_) @name) (record_declaration name: (_) @name)] @class
(interface_declaration name: (_) @name) @interface
(enum_declaration name: (_) @name) @enum
(delegate_declaration name: (_) @name) @type
[(method_declaration name: (_) @name) (constructor_declaration name: (_) @name)] @method
(property_declaration name: (_) @name) @method
(local_function_statement name: (_) @name) @function
(field_declaration
  (modifier "const")
  (variable_declaration (variable_declarator name: (_) @name))) @constant

(using_directive [(qualified_name) (identifier)] @import)

(comment) @comment
[(string_literal) (verbatim_string_literal) (raw_string_literal) (character_literal)] @string
