using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>What the controller makes of a request: records, to be committed as one, and what is answered once they are. No records: nothing changes.</summary>
public sealed record Decision<TResponse>(IReadOnlyList<IMessage> Records, TResponse Response)
{
    /// <summary>What an operator should read of it once it is committed.</summary>
    public IReadOnlyList<DecisionLine> Lines { get; init; } = [];
}

/// <summary>A line for the log.</summary>
/// <param name="Event">The kind of decision, as scripts look for it in structured logs: <c>broker-fenced</c>.</param>
/// <param name="Text">What was decided, about what, and why.</param>
/// <param name="IsWarning">Something is lost or cannot be served.</param>
public readonly record struct DecisionLine(string Event, string Text, bool IsWarning = false)
{
    public override string ToString() => Text;
}
