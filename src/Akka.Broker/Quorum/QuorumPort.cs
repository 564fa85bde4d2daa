using Akka.Actor;
using Akka.Broker.Connections;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Quorum;

/// <summary>
/// The way to this node's <see cref="QuorumActor"/> for whoever is no actor: the journal, the gateway's handlers, the broker's start. It outlives actor systems:
/// between two of them it refuses. Thread-safe.
/// </summary>
/// <param name="time">The node's.</param>
/// <param name="sessionMs">For how long the controller takes a broker for alive that it hears nothing of.</param>
public sealed class QuorumPort(TimeProvider time, long sessionMs)
{
    private readonly Awaitable<QuorumStatus> _status = new(QuorumStatus.Unknown);
    private readonly Awaitable<MetadataImage> _committed = new(MetadataImage.Empty);
    private volatile IActorRef _actor = ActorRefs.Nobody;

    /// <summary>The newest known.</summary>
    public QuorumStatus Status => _status.Current;

    /// <summary>For leaders of partitions, which take no record while the controller may hold them for gone. The quorum's actor extends it.</summary>
    public ControllerLease Lease { get; } = new(sessionMs);

    /// <summary>What the committed log makes up to where it is applied, whether or not this node's registration is in it yet.</summary>
    public MetadataImage Committed => _committed.Current;

    /// <summary>Asks a majority of the voters anew: true if this node led at a time after the call.</summary>
    public Task<bool> ConfirmAsync() => Ask<bool>(answer => new ConfirmCommand(answer), false);

    /// <summary>Changes the voters by one. The answer is why not; null: it is appended, and commits or is lost with the epoch.</summary>
    /// <param name="change">Given the newest set, the next one; null: nothing to change.</param>
    public Task<VoterRefusal?> ChangeVotersAsync(Func<VoterSet, VoterSet?> change) =>
        Ask<VoterRefusal?>(answer => new ChangeVotersCommand(change, answer), VoterRefusal.NotNow("This node's metadata quorum is not running."));

    /// <summary>Leads no more, if it led, such that another voter can at once.</summary>
    public void Resign(string reason) => _actor.Tell(new ResignEpoch(Status.Epoch, reason));

    /// <summary>Somebody has learned where a node's inter-broker listener is.</summary>
    public void Learn(int nodeId, BrokerAddress address) => _actor.Tell(new PeerKnown(nodeId, address));

    /// <summary>This node's broker is registered.</summary>
    public void Registered(long brokerEpoch) => _actor.Tell(new BrokerEpochKnown(brokerEpoch));

    /// <summary>The clock of the quorum and of the lease: since some moment of this process.</summary>
    internal long NowMs => (long)time.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>One for all lives of the actor.</summary>
    internal ElectionStateWriter Election { get; } = new();

    internal void Attach(IActorRef actor) => _actor = actor;

    internal void Detach(IActorRef actor)
    {
        if (_actor.Equals(actor))
            _actor = ActorRefs.Nobody;
    }

    /// <summary>Completes with the first status for which the condition, which must be quick and pure, holds.</summary>
    public Task<QuorumStatus> WaitForAsync(Func<QuorumStatus, bool> condition, CancellationToken cancellation = default) =>
        _status.WaitForAsync(condition, cancellation);

    /// <summary>The same with <see cref="Committed"/>.</summary>
    public Task<MetadataImage> WaitForCommittedAsync(Func<MetadataImage, bool> condition, CancellationToken cancellation = default) =>
        _committed.WaitForAsync(condition, cancellation);

    internal void Publish(QuorumStatus status)
    {
        if (Status != status)
            _status.Publish(status);
    }

    internal void Publish(MetadataImage committed) => _committed.Publish(committed);

    /// <summary>Completes when the majority has the batch; fails when it is unknown whether it will.</summary>
    internal Task AppendAsync(ReadOnlyMemory<byte> batch)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Send(new AppendDecision(batch, written), () => written.TrySetException(new QuorumWriteException("The metadata quorum is not running.")));
        return written.Task;
    }

    internal Task<QuorumReply?> QueryAsync(QuorumQuery query) => Ask<QuorumReply>(answer => new IncomingQuery(query, answer), null!)!;

    internal Task<QuorumDescription?> DescribeAsync() => Ask<QuorumDescription>(answer => new DescribeCommand(answer), null!)!;

    /// <summary>Has a snapshot take the place of the log before the offset. Null when that part is gone, else why it is not.</summary>
    internal Task<string?> ForgetAsync(long endOffset) => Ask<string?>(answer => new ForgetCommand(endOffset, answer), "the metadata quorum of this node is not running");

    internal Task<long> LogEndAsync() => Ask<long>(answer => new LogEndCommand(answer), -1);

    private Task<T> Ask<T>(Func<TaskCompletionSource<T>, object> message, T without)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Send(message(answer), () => answer.TrySetResult(without));
        return answer.Task;
    }

    private void Send(object message, Action otherwise)
    {
        var actor = _actor;
        if (actor.IsNobody())
            otherwise();
        else
            actor.Tell(message);
    }
}

/// <summary>A decision did not get into the metadata log, or it is unknown whether it did: the epoch is over.</summary>
public sealed class QuorumWriteException(string message) : Exception(message);
