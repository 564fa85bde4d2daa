using Akka.Broker.Protocol;

namespace Akka.Broker.Gateway;

/// <summary>Creates topics that clients ask for, where <c>auto.create.topics.enable</c> says so.</summary>
public interface ITopicAutoCreation
{
    bool IsEnabled { get; }

    /// <summary>
    /// Asks the controller for topics of these names with the broker's defaults, and waits until this node's image shows them.
    /// A name that somebody else created meanwhile is no error.
    /// </summary>
    /// <returns>Why some were not created; empty if all are there.</returns>
    Task<IReadOnlyDictionary<string, ErrorCode>> CreateAsync(IReadOnlyList<string> topics, CancellationToken cancelled);
}
