// Generated from graph_schema/nodes by `polygraph docs`: what must be there and online before anything is written.

CREATE CONSTRAINT alert_id IF NOT EXISTS FOR (n:Alert) REQUIRE n.id IS UNIQUE;

CREATE INDEX alert_host_at IF NOT EXISTS FOR (n:Alert) ON (n.host, n.at);

CREATE INDEX alert_rule_at IF NOT EXISTS FOR (n:Alert) ON (n.rule, n.at);

CREATE INDEX alert_at IF NOT EXISTS FOR (n:Alert) ON (n.at);

CREATE INDEX alert_pool IF NOT EXISTS FOR (n:Alert) ON (n.pool);

CREATE INDEX alert_state_at IF NOT EXISTS FOR (n:Alert) ON (n.state, n.at);

CREATE CONSTRAINT api_id IF NOT EXISTS FOR (n:Api) REQUIRE n.id IS UNIQUE;

CREATE INDEX api_novel_since IF NOT EXISTS FOR (n:Api) ON (n.novel_since);

CREATE CONSTRAINT api_call_id IF NOT EXISTS FOR (n:ApiCall) REQUIRE n.id IS UNIQUE;

CREATE INDEX api_call_at IF NOT EXISTS FOR (n:ApiCall) ON (n.at);

CREATE INDEX api_call_last_seen IF NOT EXISTS FOR (n:ApiCall) ON (n.last_seen);

CREATE CONSTRAINT audit_id IF NOT EXISTS FOR (n:Audit) REQUIRE n.id IS UNIQUE;

CREATE INDEX audit_at IF NOT EXISTS FOR (n:Audit) ON (n.at);

CREATE CONSTRAINT binary_id IF NOT EXISTS FOR (n:Binary) REQUIRE n.id IS UNIQUE;

CREATE INDEX binary_basename IF NOT EXISTS FOR (n:Binary) ON (n.basename);

CREATE INDEX binary_novel_since IF NOT EXISTS FOR (n:Binary) ON (n.novel_since);

CREATE CONSTRAINT cloud_resource_id IF NOT EXISTS FOR (n:CloudResource) REQUIRE n.id IS UNIQUE;

CREATE CONSTRAINT comment_id IF NOT EXISTS FOR (n:Comment) REQUIRE n.id IS UNIQUE;

CREATE CONSTRAINT container_id IF NOT EXISTS FOR (n:Container) REQUIRE n.id IS UNIQUE;

CREATE INDEX container_last_seen IF NOT EXISTS FOR (n:Container) ON (n.last_seen);

CREATE CONSTRAINT domain_id IF NOT EXISTS FOR (n:Domain) REQUIRE n.id IS UNIQUE;

CREATE INDEX domain_novel_since IF NOT EXISTS FOR (n:Domain) ON (n.novel_since);

CREATE CONSTRAINT feed_id IF NOT EXISTS FOR (n:Feed) REQUIRE n.id IS UNIQUE;

CREATE CONSTRAINT file_id IF NOT EXISTS FOR (n:File) REQUIRE n.id IS UNIQUE;

CREATE INDEX file_novel_since IF NOT EXISTS FOR (n:File) ON (n.novel_since);

CREATE CONSTRAINT host_id IF NOT EXISTS FOR (n:Host) REQUIRE n.id IS UNIQUE;

CREATE INDEX host_last_seen IF NOT EXISTS FOR (n:Host) ON (n.last_seen);

CREATE INDEX host_novel_since IF NOT EXISTS FOR (n:Host) ON (n.novel_since);

CREATE CONSTRAINT identity_id IF NOT EXISTS FOR (n:Identity) REQUIRE n.id IS UNIQUE;

CREATE INDEX identity_last_seen IF NOT EXISTS FOR (n:Identity) ON (n.last_seen);

CREATE INDEX identity_novel_since IF NOT EXISTS FOR (n:Identity) ON (n.novel_since);

CREATE CONSTRAINT image_id IF NOT EXISTS FOR (n:Image) REQUIRE n.id IS UNIQUE;

CREATE INDEX image_novel_since IF NOT EXISTS FOR (n:Image) ON (n.novel_since);

CREATE CONSTRAINT indicator_id IF NOT EXISTS FOR (n:Indicator) REQUIRE n.id IS UNIQUE;

CREATE INDEX indicator_about IF NOT EXISTS FOR (n:Indicator) ON (n.about);

CREATE CONSTRAINT investigation_id IF NOT EXISTS FOR (n:Investigation) REQUIRE n.id IS UNIQUE;

CREATE INDEX investigation_subject_last_at IF NOT EXISTS FOR (n:Investigation) ON (n.subject, n.last_at);

CREATE INDEX investigation_phase_last_at IF NOT EXISTS FOR (n:Investigation) ON (n.phase, n.last_at);

CREATE CONSTRAINT ip_address_id IF NOT EXISTS FOR (n:IpAddress) REQUIRE n.id IS UNIQUE;

CREATE INDEX ip_address_novel_since IF NOT EXISTS FOR (n:IpAddress) ON (n.novel_since);

CREATE CONSTRAINT path_id IF NOT EXISTS FOR (n:Path) REQUIRE n.id IS UNIQUE;

CREATE CONSTRAINT port_id IF NOT EXISTS FOR (n:Port) REQUIRE n.id IS UNIQUE;

CREATE CONSTRAINT process_id IF NOT EXISTS FOR (n:Process) REQUIRE n.id IS UNIQUE;

CREATE INDEX process_host_pid IF NOT EXISTS FOR (n:Process) ON (n.host, n.pid);

CREATE INDEX process_host_parent_pid_started_at IF NOT EXISTS FOR (n:Process) ON (n.host, n.parent_pid, n.started_at);

CREATE INDEX process_first_seen IF NOT EXISTS FOR (n:Process) ON (n.first_seen);

CREATE INDEX process_last_seen IF NOT EXISTS FOR (n:Process) ON (n.last_seen);

CREATE CONSTRAINT region_id IF NOT EXISTS FOR (n:Region) REQUIRE n.id IS UNIQUE;

CREATE INDEX region_novel_since IF NOT EXISTS FOR (n:Region) ON (n.novel_since);

CREATE CONSTRAINT session_id IF NOT EXISTS FOR (n:Session) REQUIRE n.id IS UNIQUE;

CREATE INDEX session_last_seen IF NOT EXISTS FOR (n:Session) ON (n.last_seen);

CREATE CONSTRAINT token_id IF NOT EXISTS FOR (n:Token) REQUIRE n.id IS UNIQUE;

CREATE CONSTRAINT user_id IF NOT EXISTS FOR (n:User) REQUIRE n.id IS UNIQUE;

CREATE INDEX user_novel_since IF NOT EXISTS FOR (n:User) ON (n.novel_since);

CREATE INDEX launches_novel_since IF NOT EXISTS FOR ()-[n:LAUNCHES]-() ON (n.novel_since);

CREATE INDEX contacts_novel_since IF NOT EXISTS FOR ()-[n:CONTACTS]-() ON (n.novel_since);

CREATE INDEX listens_on_novel_since IF NOT EXISTS FOR ()-[n:LISTENS_ON]-() ON (n.novel_since);

CREATE INDEX has_novel_since IF NOT EXISTS FOR ()-[n:HAS]-() ON (n.novel_since);

CREATE INDEX resolves_to_novel_since IF NOT EXISTS FOR ()-[n:RESOLVES_TO]-() ON (n.novel_since);

CREATE CONSTRAINT answered_id IF NOT EXISTS FOR ()-[n:ANSWERED]-() REQUIRE n.id IS UNIQUE;

CREATE INDEX answered_pair_domain_at IF NOT EXISTS FOR ()-[n:ANSWERED]-() ON (n.pair, n.domain, n.at);

CREATE INDEX runs_novel_since IF NOT EXISTS FOR ()-[n:RUNS]-() ON (n.novel_since);

CREATE INDEX holds_novel_since IF NOT EXISTS FOR ()-[n:HOLDS]-() ON (n.novel_since);

CREATE INDEX calls_novel_since IF NOT EXISTS FOR ()-[n:CALLS]-() ON (n.novel_since);

CREATE INDEX acts_in_novel_since IF NOT EXISTS FOR ()-[n:ACTS_IN]-() ON (n.novel_since);

CREATE INDEX acts_from_novel_since IF NOT EXISTS FOR ()-[n:ACTS_FROM]-() ON (n.novel_since);

CREATE INDEX assigned_to_novel_since IF NOT EXISTS FOR ()-[n:ASSIGNED_TO]-() ON (n.novel_since);

CREATE CONSTRAINT connected_to_id IF NOT EXISTS FOR ()-[n:CONNECTED_TO]-() REQUIRE n.id IS UNIQUE;

CREATE INDEX connected_to_at IF NOT EXISTS FOR ()-[n:CONNECTED_TO]-() ON (n.at);

CREATE INDEX connected_to_pair_at IF NOT EXISTS FOR ()-[n:CONNECTED_TO]-() ON (n.pair, n.at);

CREATE CONSTRAINT accepted_from_id IF NOT EXISTS FOR ()-[n:ACCEPTED_FROM]-() REQUIRE n.id IS UNIQUE;

CREATE INDEX accepted_from_at IF NOT EXISTS FOR ()-[n:ACCEPTED_FROM]-() ON (n.at);

CREATE CONSTRAINT resolved_id IF NOT EXISTS FOR ()-[n:RESOLVED]-() REQUIRE n.id IS UNIQUE;

CREATE INDEX resolved_at IF NOT EXISTS FOR ()-[n:RESOLVED]-() ON (n.at);

CREATE CONSTRAINT wrote_id IF NOT EXISTS FOR ()-[n:WROTE]-() REQUIRE n.id IS UNIQUE;

CREATE INDEX wrote_at IF NOT EXISTS FOR ()-[n:WROTE]-() ON (n.at);

CREATE CONSTRAINT read_id IF NOT EXISTS FOR ()-[n:READ]-() REQUIRE n.id IS UNIQUE;

CREATE INDEX read_at IF NOT EXISTS FOR ()-[n:READ]-() ON (n.at);

CREATE CONSTRAINT deleted_id IF NOT EXISTS FOR ()-[n:DELETED]-() REQUIRE n.id IS UNIQUE;

CREATE INDEX deleted_at IF NOT EXISTS FOR ()-[n:DELETED]-() ON (n.at);

CREATE INDEX uses_novel_since IF NOT EXISTS FOR ()-[n:USES]-() ON (n.novel_since);

CREATE INDEX became_novel_since IF NOT EXISTS FOR ()-[n:BECAME]-() ON (n.novel_since);

CREATE INDEX logs_in_to_novel_since IF NOT EXISTS FOR ()-[n:LOGS_IN_TO]-() ON (n.novel_since);

CREATE INDEX logs_in_from_novel_since IF NOT EXISTS FOR ()-[n:LOGS_IN_FROM]-() ON (n.novel_since);
