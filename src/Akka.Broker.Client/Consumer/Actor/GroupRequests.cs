using Akka.Actor;
using Akka.Broker.Client.Cluster;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Event;

namespace Akka.Broker.Client.Consuming;

/// <summary>Carries the effects of <see cref="GroupMembership"/> that ask a broker, and tells the consumer's actor what came of it.</summary>
internal sealed class GroupRequests(ConsumerContext context, MembershipOptions options)
{
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(3);

    private TimeSpan Timeout => context.Settings.RequestTimeout;

    /// <summary>False if the effect asks nobody.</summary>
    public bool TrySend(MembershipEffect effect)
    {
        switch (effect)
        {
            case FindCoordinator find:
                FindAsync(find.Number).PipeTo(context.Self);
                return true;
            case SendJoin join:
                AskAsync<JoinGroupResponse>(join.Coordinator, join.Request, context.Settings.RebalanceTimeout + Timeout)
                    .PipeTo(context.Self, success: r => new JoinAnswered(join.Number, r));
                return true;
            case ComputeAssignment compute:
                ComputeAsync(compute).PipeTo(context.Self);
                return true;
            case SendSync sync:
                AskAsync<SyncGroupResponse>(sync.Coordinator, sync.Request, context.Settings.RebalanceTimeout + Timeout)
                    .PipeTo(context.Self, success: r => new SyncAnswered(sync.Number, r));
                return true;
            case SendHeartbeat beat:
                AskAsync<HeartbeatResponse>(beat.Coordinator, beat.Request, HeartbeatTimeout)
                    .PipeTo(context.Self, success: r => new HeartbeatAnswered(beat.Number, r?.ErrorCode ?? ErrorCode.NetworkException));
                return true;
            case SendLeave leave:
                LeaveAsync(leave).PipeTo(context.Self, success: () => new LeaveAnswered(leave.Number));
                return true;
            default:
                return false;
        }
    }

    /// <summary>There is time for a second try at another coordinator before the session is over.</summary>
    private TimeSpan HeartbeatTimeout => TimeSpan.FromMilliseconds(Math.Min(Timeout.TotalMilliseconds, Math.Max(1, options.SessionTimeoutMs / 3)));

    private async Task<object> FindAsync(int number)
    {
        try
        {
            return new CoordinatorAnswered(number, await CoordinatorLookup.FindAsync(context, options.GroupId).ConfigureAwait(false), ErrorCode.None);
        }
        catch (BrokerClientException e)
        {
            context.Log.Debug("The coordinator of {0} was not found: {1}", options.GroupId, e.Message);
            return new CoordinatorAnswered(number, null, e.ErrorCode);
        }
    }

    /// <summary>Brokers before Kafka 2.4 know no list of members. Whatever comes of it: the coordinator notices the absence by itself.</summary>
    private async Task LeaveAsync(SendLeave leave)
    {
        try
        {
            await context.GroupLane.AskAsync<LeaveGroupResponse>(leave.Coordinator, leave.Request, LeaveTimeout, CancellationToken.None).ConfigureAwait(false);
        }
        catch (BrokerClientException e) when (e.ErrorCode == ErrorCode.UnsupportedVersion)
        {
            var alone = new LeaveGroupRequest { GroupId = leave.Request.GroupId, MemberId = leave.Request.Members[0].MemberId };
            await AskAsync<LeaveGroupResponse>(leave.Coordinator, alone, LeaveTimeout).ConfigureAwait(false);
        }
        catch (BrokerClientException e)
        {
            context.Log.Debug("Group {0}: {1}", options.GroupId, e.Message);
        }
    }

    /// <summary>Null if no answer came.</summary>
    private async Task<T?> AskAsync<T>(int broker, IRequest request, TimeSpan timeout)
        where T : class, IResponse, new()
    {
        try
        {
            return await context.GroupLane.AskAsync<T>(broker, request, timeout, CancellationToken.None).ConfigureAwait(false);
        }
        catch (BrokerClientException e)
        {
            context.Log.Debug("Group {0}: {1}", options.GroupId, e.Message);
            return null;
        }
    }

    private async Task<object> ComputeAsync(ComputeAssignment compute)
    {
        try
        {
            var topics = compute.Members.SelectMany(m => m.Topics).Distinct().ToList();
            var view = await context.Cluster.RefreshAsync(topics, CancellationToken.None).ConfigureAwait(false);
            var counts = Counts(view, topics);
            return new AssignmentComputed(compute.Number, compute.Assignor.Assign(counts, [.. compute.Members]), counts);
        }
        catch (BrokerClientException e)
        {
            context.Log.Warning("Group {0}: nothing is assigned since the topics are not known: {1}", options.GroupId, e.Message);
            return new AssignmentComputed(compute.Number, null, null);
        }
    }

    /// <summary>How many partitions each of the topics has, of those that exist.</summary>
    public static Dictionary<string, int> Counts(ClusterView view, IEnumerable<string> topics) =>
        topics.Select(t => (Name: t, view.Topic(t)?.Partitions.Length))
            .Where(t => t.Length > 0)
            .ToDictionary(t => t.Name, t => t.Length!.Value);
}
