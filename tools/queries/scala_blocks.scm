[(indented_block) (indented_cases)] @block
