(class_declaration "interface" name: (_) @name) @interface
(class_declaration (modifiers (class_modifier "enum")) "class" name: (_) @name) @enum
(class_declaration "class" name: (_) @name) @class
(object_declaration name: (_) @name) @class
(function_declaration name: (_) @name) @function
(type_alias type: (_) @name) @type
(source_file (property_declaration (variable_declaration (identifier) @name)) @constant)
(property_declaration
  (modifiers (property_modifier "const"))
  (variable_declaration (identifier) @name)) @constant

(import (qualified_identifier) @import)

[(line_comment) (block_comment)] @comment
[(string_literal) (character_literal)] @string
