using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Consuming;

/// <summary>Asks any broker which one coordinates a group. Any thread.</summary>
internal static class CoordinatorLookup
{
    private const sbyte GroupKey = 0;

    /// <exception cref="BrokerClientException">Nobody answered, or there is none now.</exception>
    public static async Task<int> FindAsync(ConsumerContext context, string groupId)
    {
        var request = new FindCoordinatorRequest { KeyType = GroupKey, CoordinatorKeys = [groupId] };
        var response = await context.OffsetLane.AskAnyAsync<FindCoordinatorResponse>(request, context.Settings.RequestTimeout, CancellationToken.None).ConfigureAwait(false);
        var found = response.Coordinators.FirstOrDefault();
        if (found is null || found.ErrorCode != ErrorCode.None)
            throw BrokerClientException.Of(found?.ErrorCode ?? ErrorCode.CoordinatorNotAvailable, $"Finding the coordinator of group {groupId}", found?.ErrorMessage);
        if (!context.Cluster.View.Brokers.ContainsKey(found.NodeId))
            await context.Cluster.RefreshAsync([], CancellationToken.None).ConfigureAwait(false);
        return found.NodeId;
    }
}
