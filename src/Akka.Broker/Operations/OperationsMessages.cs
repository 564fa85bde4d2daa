using Akka.Broker.Remoting;

namespace Akka.Broker.Operations;

/// <summary>To another node's <see cref="OperationsActor"/>: one of <see cref="NodeSubjects"/>, and what it is about.</summary>
public sealed record InspectNode(string Subject, string Argument) : IRemoteMessage;

/// <summary>The answer: rows, or why there are none.</summary>
public sealed record NodeInspected(IReadOnlyList<IReadOnlyList<string>> Rows, string? Problem = null) : IRemoteMessage;
