using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Coordination;
using Akka.Broker.Coordination.Commands;
using Akka.Broker.Metrics;
using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Groups;

/// <summary>
/// From a group's name to its coordinator, for the handlers. Groups whose coordinator is another broker are answered NOT_COORDINATOR here:
/// the client looks it up again. Any thread.
/// </summary>
public sealed class GroupRouter(int nodeId, MetadataCache metadata, IActorRef groupRegion)
{
    /// <summary>What is asked of a coordinator that does not answer is lost; the client asks again.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    private readonly int _nodeId = nodeId;

    public MetadataCache Metadata { get; } = metadata;

    /// <summary>Where unanswered questions are counted.</summary>
    public InFlight Asks { get; init; } = new();

    /// <summary>The offsets partitions that this node leads.</summary>
    public IReadOnlyList<int> Partitions =>
        Metadata.Current.TryGetTopic(InternalTopics.ConsumerOffsets, out var topic)
            ? [.. topic.Partitions.Where(p => p.Leader == _nodeId).Select(p => p.Partition)]
            : [];

    /// <summary>Hands the command to the group's coordinator before the first await, so that a connection's order is kept.</summary>
    /// <param name="groupId">Which group; of those that exist only as a wish, too.</param>
    /// <param name="command">What is asked.</param>
    /// <param name="waits">How long the group itself may let the answer wait, beyond what an answer takes.</param>
    /// <param name="cancelled">The client is gone.</param>
    public async ValueTask<TResult> AskAsync<TResult>(string groupId, GroupCommand command, TimeSpan waits, CancellationToken cancelled)
        where TResult : GroupResult
    {
        if (!TryLocate(groupId, out var partition))
            return (TResult)command.Fail(ErrorCode.NotCoordinator);
        Asks.Begin();
        try
        {
            var request = new GroupRequest(partition, groupId, command);
            return (TResult)await groupRegion.Ask<GroupResult>(request, AnswerTimeout + waits, cancelled).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return (TResult)command.Fail(ErrorCode.CoordinatorNotAvailable);
        }
        finally
        {
            Asks.End();
        }
    }

    public ValueTask<TResult> AskAsync<TResult>(string groupId, GroupCommand command, CancellationToken cancelled)
        where TResult : GroupResult => AskAsync<TResult>(groupId, command, TimeSpan.Zero, cancelled);

    public async Task<GroupsListed> ListAsync(int partition, CancellationToken cancelled)
    {
        try
        {
            return await groupRegion.Ask<GroupsListed>(new ListGroups(partition), AnswerTimeout, cancelled).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return new GroupsListed(ErrorCode.CoordinatorNotAvailable, []);
        }
    }

    private bool TryLocate(string groupId, out int partition)
    {
        partition = -1;
        if (!Metadata.Current.TryGetTopic(InternalTopics.ConsumerOffsets, out var topic))
            return false;
        partition = OffsetsTopic.PartitionFor(groupId, topic.Partitions.Length);
        return topic.Partitions[partition].Leader == _nodeId;
    }
}
