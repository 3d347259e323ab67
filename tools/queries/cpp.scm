(class_specifier name: (_) @name body: (_)) @class
(alias_declaration name: (type_identifier) @name) @type
(function_definition declarator: [
  (function_declarator declarator: [(field_identifier) (operator_name) (destructor_name)] @name)
  (pointer_declarator declarator: (function_declarator declarator: (field_identifier) @name))
  (reference_declarator (function_declarator declarator: [(identifier) (field_identifier)] @name))]) @function
(function_definition declarator: (function_declarator declarator: (qualified_identifier
  scope: (_) @receiver
  name: [(identifier) (operator_name) (destructor_name)] @name))) @method
(function_definition declarator: (function_declarator declarator: (qualified_identifier
  name: (qualified_identifier
    scope: (_) @receiver
    name: [(identifier) (operator_name) (destructor_name)] @name)))) @method
(function_definition declarator: (_ (function_declarator declarator: (qualified_identifier
  scope: (_) @receiver
  name: (identifier) @name)))) @method

(raw_string_literal) @string
