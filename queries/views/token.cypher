/*
title = "Whose a token is"
description = "The token's hash, name and role, by the id that follows from its hash."
params.id = {type = "string", is = "Id of the Token."}
*/
MATCH (token:Token {id: $id})
RETURN token.hash AS hash, token.name AS name, token.role AS role
