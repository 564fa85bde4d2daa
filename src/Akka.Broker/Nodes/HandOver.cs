using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Protocol;

namespace Akka.Broker.Nodes;

/// <summary>
/// A node that stops gives away what it leads, and holds on to its clients until they find the new leaders wherever they ask.
/// <code>
/// ShutDownBroker ─▶ controller: others lead, committed at an offset ─▶ every other broker goes by that offset and leads what it got ─▶ done
///        ▲                  │ some wait for a follower to catch up                                  └─ or a second is over
///        └──── a moment ────┘
/// </code>
/// A client whose connection is closed asks some broker at once who leads, and believes the answer until its next refresh. The controller's own node is the first
/// to know; the others learn from it, so that it asks them before it gives the controller's place up. One task; used once.
/// </summary>
internal sealed class HandOver(NodeParts parts, ActorSystem system, ControllerClient controller, Membership membership)
{
    private static readonly TimeSpan LeadersMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan OthersMax = TimeSpan.FromSeconds(1);

    /// <param name="brokerEpoch">This node's.</param>
    /// <param name="isLost">Nothing can be handed over any more.</param>
    public async Task RunAsync(long brokerEpoch, Func<bool> isLost)
    {
        if (await GiveLeadersAwayAsync(brokerEpoch, isLost).ConfigureAwait(false) is { } offset && !isLost())
            await WaitForOthersAsync(offset).ConfigureAwait(false);
    }

    /// <summary>The metadata offset from which on nobody takes this node for a leader; null if the controller has not decided that.</summary>
    private async Task<long?> GiveLeadersAwayAsync(long brokerEpoch, Func<bool> isLost)
    {
        var started = parts.Time.GetTimestamp();
        BrokerShuttingDown? last = null;
        while (parts.Time.GetElapsedTime(started) < LeadersMax && !isLost())
        {
            try
            {
                last = await controller.ShutDownAsync(new ShutDownBroker(parts.Settings.NodeId, brokerEpoch), LeadersMax).ConfigureAwait(false);
                if (last.Error != ErrorCode.None || last.Remaining == 0)
                    break;
            }
            catch (ControllerUnavailableException unavailable)
            {
                parts.Log.Warning($"What this node leads is not handed over: {unavailable.Message}");
                return null;
            }
            await Task.Delay(RetryInterval, parts.Time).ConfigureAwait(false);
        }
        if (last is { Remaining: > 0 })
            parts.Log.Warning($"{last.Remaining} partitions are still led here: nobody else is in sync with them. They are not available until this node is back.");
        return last is { Error: ErrorCode.None } ? last.MetadataOffset : null;
    }

    private Task WaitForOthersAsync(long offset)
    {
        var brokers = parts.Metadata.Current.Brokers;
        return Task.WhenAll(membership.Current.Members
            .Where(m => m.IsReachable && m.NodeId != parts.Settings.NodeId && brokers.TryGetValue(m.NodeId, out var broker) && !broker.Fenced)
            .Select(m => AskAsync(m.Address, offset)));
    }

    /// <summary>One that does not answer, or is of a release that does not know the question, is not waited for any longer: it costs its clients another question.</summary>
    private async Task AskAsync(Address node, long offset)
    {
        try
        {
            await system.ActorSelection($"{node}/user/{NodeActor.Name}").Ask<MetadataFollowed>(new AwaitMetadata(offset), OthersMax).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
        }
    }
}
