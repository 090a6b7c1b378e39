UNWIND $rows AS row
MERGE (host:Host {id: row.host})
  ON CREATE SET host.first_seen = row.at, host.last_seen = row.at, host.name = row.host
  ON MATCH SET host.last_seen = row.at
MERGE (container:Container {id: row.container})
  ON CREATE SET container.first_seen = row.at, container.last_seen = row.at, container.name = row.name
  ON MATCH SET container.last_seen = row.at
MERGE (image:Image {id: row.image})
  ON CREATE SET image.first_seen = row.at, image.last_seen = row.at, image.name = row.image
  ON MATCH SET image.last_seen = row.at
MERGE (container)-[on_host:ON]->(host)
  ON CREATE SET on_host.first_seen = row.at, on_host.last_seen = row.at
  ON MATCH SET on_host.last_seen = row.at
MERGE (container)-[from_image:FROM]->(image)
  ON CREATE SET from_image.first_seen = row.at, from_image.last_seen = row.at
  ON MATCH SET from_image.last_seen = row.at
