using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>What the controller makes of a request: records, to be committed as one, and what is answered once they are. No records: nothing changes.</summary>
public sealed record Decision<TResponse>(IReadOnlyList<IMessage> Records, TResponse Response);
