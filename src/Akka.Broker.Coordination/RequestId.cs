namespace Akka.Broker.Coordination;

/// <summary>Names a request between its arrival and its answer. Whoever feeds the group chooses it, never twice for one group.</summary>
public readonly record struct RequestId(long Value);
