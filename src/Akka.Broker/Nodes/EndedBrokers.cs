using System.Collections.Concurrent;
using System.Net.Sockets;
using Akka.Broker.Connections;
using Akka.Broker.Controller;
using Akka.Broker.Interbroker;
using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Nodes;

/// <summary>Tries to connect, and tells what came of it.</summary>
/// <returns>True if the host answered that nobody listens there; false if somebody does, or nothing is known.</returns>
internal delegate Task<bool> RefusalProbe(BrokerAddress address, CancellationToken cancelled);

/// <summary>
/// Brokers whose process has ended, though the metadata does not show it yet: the cluster calls them unreachable, and their host refuses a connection to the
/// inter-broker listener. Until the controller has fenced such a broker and made others lead, clients are told that its partitions have no leader, and ask again
/// at once; else one that has just lost its connection is sent back to the broker that ended, and waits for its next metadata refresh.
/// <para>A silent host proves nothing: a node that is merely cut off from it must not talk clients out of a leader that works.</para>
/// <para>Any thread. Invariant: what is known is of one broker epoch; a registration anew makes it void.</para>
/// </summary>
internal sealed class EndedBrokers : IDisposable
{
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(50);
    private const int ProbesMax = 20;

    private readonly Membership _membership;
    private readonly MetadataCache _metadata;
    private readonly string _listener;
    private readonly RefusalProbe _probe;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<int, long> _epochs = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource> _probing = new();

    public EndedBrokers(Membership membership, MetadataCache metadata, string interBrokerListener, RefusalProbe probe, TimeProvider time)
    {
        _membership = membership;
        _metadata = metadata;
        _listener = interBrokerListener;
        _probe = probe;
        _time = time;
        membership.Changed += OnMembership;
    }

    /// <summary>Completes when nobody is being called.</summary>
    internal Task Settled => Task.WhenAll(_probing.Values.Select(p => p.Task));

    public bool HasEnded(BrokerImage broker) => _epochs.TryGetValue(broker.Id, out var epoch) && epoch == broker.Epoch;

    public void Dispose()
    {
        _membership.Changed -= OnMembership;
        _ending.Cancel();
    }

    /// <summary>Over TCP. A firewall that answers for a live host makes this lie, and costs its clients what the failure detector takes to disagree.</summary>
    public static async Task<bool> IsRefusedAsync(BrokerAddress address, CancellationToken cancelled)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, cancelled).ConfigureAwait(false);
            return false;
        }
        catch (SocketException refused)
        {
            return refused.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }

    private void OnMembership(MembershipView view)
    {
        foreach (var member in view.Members)
        {
            if (member.IsReachable)
                _epochs.TryRemove(member.NodeId, out _);
            else if (_metadata.Current.Brokers.TryGetValue(member.NodeId, out var broker) && !broker.Fenced && !HasEnded(broker) && _probing.TryAdd(broker.Id, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)))
                _ = ProbeAsync(broker);
        }
    }

    private async Task ProbeAsync(BrokerImage broker)
    {
        try
        {
            for (var i = 0; i < ProbesMax && IsStillOut(broker) && broker.AddressOf(_listener) is { } address; i++)
            {
                if (i > 0)
                    await Task.Delay(ProbeInterval, _time, _ending.Token).ConfigureAwait(false);
                if (!await _probe(address, _ending.Token).ConfigureAwait(false))
                    continue;
                if (IsStillOut(broker))
                    _epochs[broker.Id] = broker.Epoch;
                return;
            }
        }
        catch (OperationCanceledException)
        {
            // This life of the node ends.
        }
        finally
        {
            if (_probing.TryRemove(broker.Id, out var probing))
                probing.SetResult();
        }
    }

    private bool IsStillOut(BrokerImage broker) =>
        _membership.Current.Find(broker.Id) is { IsReachable: false }
        && _metadata.Current.Brokers.TryGetValue(broker.Id, out var now) && now.Epoch == broker.Epoch && !now.Fenced;
}
