"""The read side: GraphQL over HTTP and WebSocket, and the small writes of people."""
