using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Consuming;

/// <summary>Asks any broker which one coordinates a group. Any thread.</summary>
internal static class CoordinatorLookup
{
    /// <summary>The last that asks for one key alone, and every release serves it.</summary>
    private const short LastVersionWithOneKey = 3;

    /// <exception cref="BrokerClientException">Nobody answered, or there is none now.</exception>
    public static async Task<int> FindAsync(ConsumerContext context, string groupId)
    {
        var found = await context.OffsetLane
            .AskAnyAsync<FindCoordinatorResponse>(new FindCoordinatorRequest { Key = groupId }, context.Settings.RequestTimeout, CancellationToken.None, LastVersionWithOneKey)
            .ConfigureAwait(false);
        if (found.ErrorCode != ErrorCode.None)
            throw BrokerClientException.Of(found.ErrorCode, $"Finding the coordinator of group {groupId}", found.ErrorMessage);
        if (!context.Cluster.View.Brokers.ContainsKey(found.NodeId))
            await context.Cluster.RefreshAsync([], CancellationToken.None).ConfigureAwait(false);
        return found.NodeId;
    }
}
