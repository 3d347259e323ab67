[(class_definition name: (_) @name) (object_definition name: (_) @name)] @class
(trait_definition name: (_) @name) @interface
(enum_definition name: (_) @name) @enum
(type_definition name: (_) @name) @type
[(function_definition name: (_) @name) (function_declaration name: (_) @name)] @function
(compilation_unit (val_definition pattern: (identifier) @name) @constant)

(import_declaration) @import

[(comment) (block_comment)] @comment
[(string) (interpolated_string) (character_literal)] @string
