/*
title = "Store a token"
description = "Writes whose a token is; only the hash of the token comes here."
writes = true
params.id = {type = "string", is = "Id of the Token."}
params.hash = {type = "string", is = "SHA-256 of the token, hex."}
params.name = {type = "string", is = "Whose it is."}
params.role = {type = "string", is = "What its owner may do."}
*/
MERGE (token:Token {id: $id})
SET token.hash = $hash, token.name = $name, token.role = $role
RETURN token.id AS id
