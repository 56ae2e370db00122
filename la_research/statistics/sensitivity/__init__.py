"""How strong what was not measured would have to be to change what a study says, one question a file."""
