using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>What the controller makes of a request: records, to be committed as one, and what is answered once they are. No records: nothing changes.</summary>
public sealed record Decision<TResponse>(IReadOnlyList<IMessage> Records, TResponse Response)
{
    /// <summary>What an operator should read of it once it is committed.</summary>
    public IReadOnlyList<DecisionLine> Lines { get; init; } = [];
}

/// <summary>A line for the log. A warning is of something that is lost or cannot be served.</summary>
public readonly record struct DecisionLine(string Text, bool IsWarning = false);
