using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Akka.Broker.Metrics;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replicas;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Producers;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Partitions;

/// <summary>
/// One leadership of a <see cref="PartitionActor"/>, from taking the log over to giving it up: the state that appends are checked against and the view
/// that readers see. Used by its actor alone; only <see cref="LedPartition"/> is shared.
/// <para>
/// Two log ends: <see cref="_nextOffset"/> counts what is queued, <see cref="LogEndOffset"/> what is written. Producers' sequences belong to the first,
/// the watermark to the second.
/// </para>
/// <para>Invariants: LogEndOffset ≤ next offset; a queued batch begins where the one before it ends.</para>
/// </summary>
internal sealed class PartitionLeadership
{
    private readonly PartitionServices _services;
    private readonly PartitionLog _log;
    private readonly WriterToken _token;
    private readonly ProducerStateManager _producers;
    private readonly LeaderState _replicas;
    private readonly LedPartition _led;
    private readonly bool _isInternal;
    private readonly TopicFigures? _topic;
    private Action<PartitionLog>? _onLogStartMoved;
    private long _nextOffset;

    public PartitionLeadership(
        PartitionServices services, TopicIdPartition id, PartitionImage image, RecoveredLog recovered, IActorRef owner)
    {
        _services = services;
        _log = recovered.Log;
        _token = recovered.Token;
        _producers = recovered.State.Producers;
        _nextOffset = recovered.State.LogEndOffset;
        _isInternal = InternalTopics.IsInternal(id.Topic);
        Epoch = image.LeaderEpoch;
        var watermark = Math.Clamp(_log.HighWatermark, recovered.State.LogStartOffset, recovered.State.LogEndOffset);
        var start = new LeaderStart(
            services.NodeId,
            Epoch,
            image.PartitionEpoch,
            image.Replicas,
            image.Isr,
            MinInSyncReplicas(id, image),
            recovered.State.LogEndOffset,
            watermark,
            services.ReplicaLagTimeMaxMs)
        {
            InFlight = services.IsrInFlight.GetValueOrDefault(id),
        };
        _replicas = new LeaderState(start, new MetadataReplicaBrokers(() => services.Metadata.Current, id), services.Lease, services.NowMs);
        _topic = services.Topics?.Of(id.Topic);
        _led = new LedPartition(id, _log, View()) { Owner = owner, Followers = _replicas.Followers, Topic = _topic };
    }

    public int Epoch { get; }

    public long LogStartOffset => _log.LogStartOffset;

    public bool HasFollowers => _replicas.Followers.Count > 0;

    /// <summary>An ISR change that the controller has not answered for good.</summary>
    public IsrProposal? InFlight => _replicas.InFlight;

    public IEnumerable<int> InSync => _replicas.InSync;

    public long LogEndOffset => _replicas.LogEndOffset;

    public long HighWatermark => _replicas.HighWatermark;

    /// <summary>Why the log is offline; null while it is not.</summary>
    public Exception? Failure => _log.Failure;

    /// <summary>Readers find the partition from here on.</summary>
    public void Begin(Action onLogStartMoved)
    {
        _onLogStartMoved = _ => onLogStartMoved();
        _log.LogStartOffsetMoved += _onLogStartMoved;
        // Nobody waits for it: an append that is queued behind it fails if it failed.
        _ = _log.AssignEpochAsync(_token, Epoch).ContinueWith(static t => t.Exception, TaskContinuationOptions.OnlyOnFaulted);
        Publish();
        _services.Led.Register(_led);
    }

    /// <summary>Readers are sent away, and what is queued under this leadership is discarded before the file.</summary>
    public void End()
    {
        _services.Led.Remove(_led);
        _led.Close();
        if (_onLogStartMoved is not null)
            _log.LogStartOffsetMoved -= _onLogStartMoved;
        if (_token.IsCurrent)
            _log.TakeOver();
    }

    /// <summary>What a stale or early epoch is answered; -1 is any.</summary>
    public ErrorCode Fence(int epoch) => epoch == -1 || epoch == Epoch
        ? ErrorCode.None
        : epoch < Epoch ? ErrorCode.FencedLeaderEpoch : ErrorCode.UnknownLeaderEpoch;

    /// <summary>Why the append is refused; null if it may go on.</summary>
    public AppendReply? Check(AppendRecords command)
    {
        if (Fence(command.LeaderEpoch) != ErrorCode.None)
            return AppendReply.Refused(ErrorCode.NotLeaderOrFollower);
        var unfit = _replicas.CheckAppend(command.Acks, _services.NowMs);
        if (unfit == ErrorCode.NotLeaderOrFollower)
            return AppendReply.Refused(unfit, "This broker has not heard of the controller for its session: another may lead by now.");
        if (_services.Time.GetTimestamp() > command.DeadlineTimestamp)
            return AppendReply.Refused(ErrorCode.RequestTimedOut, "The request waited longer than its timeout before the partition saw it.");
        if (_log.IsShortOfSpace)
            return AppendReply.Refused(ErrorCode.KafkaStorageError, "The disk is down to what is held back of it (log.dir.reserve.bytes); records are taken again when there is space.");
        if (_isInternal && command.Origin == AppendOrigin.Client)
            return AppendReply.Refused(ErrorCode.InvalidTopicException, "Clients may not write to the broker's internal topics.");
        if (unfit != ErrorCode.None)
            return AppendReply.Refused(unfit, "Fewer replicas are in sync than the topic's min.insync.replicas.");
        if (command.Batch.Length > _log.Config.SegmentBytes)
            return AppendReply.Refused(ErrorCode.RecordListTooLarge, "The record batch is larger than the topic's segment.bytes.");
        var header = new BatchHeader(command.Batch.Span);
        return _producers.Check(header, out _) switch
        {
            SequenceCheck.Duplicate => null,
            SequenceCheck.InSequence => _producers.Knows(header.ProducerId) ? null : Behind(header),
            SequenceCheck.OutOfOrder => Behind(header)
                ?? AppendReply.Refused(ErrorCode.OutOfOrderSequenceNumber, "Batches of this producer that come before this one are missing."),
            SequenceCheck.StaleEpoch => AppendReply.Refused(ErrorCode.InvalidProducerEpoch, "A newer incarnation of this producer has written to the partition."),
            _ => AppendReply.Refused(ErrorCode.InvalidTxnState, "The producer has a transaction open on this partition."),
        };
    }

    /// <summary>Why a batch with a gap before it is refused if what is missing was; null if it was not.</summary>
    private AppendReply? Behind(in BatchHeader header) => _services.Refused.Explain(_led.Id, header) is { } error
        ? AppendReply.Refused(error, "A batch of this producer that comes before this one was refused; both may be sent again.")
        : null;

    /// <summary>Whether the batch has come before; then it is answered as it was, or will be, the first time.</summary>
    public bool TryFindDuplicate(AppendRecords command, [NotNullWhen(true)] out AppendedBatch first) =>
        _producers.Check(new BatchHeader(command.Batch.Span), out first) == SequenceCheck.Duplicate;

    /// <summary>Gives the batch its offsets, epoch and, if the topic says so, time. From here on it counts as appended for what comes behind it.</summary>
    public BatchAppended Assign(AppendRecords command, IActorRef producer)
    {
        var bytes = command.Batch.Span;
        var stamp = -1L;
        if (_log.Config.TimestampType == TimestampType.LogAppendTime)
        {
            stamp = _services.Time.GetUtcNow().ToUnixTimeMilliseconds();
            RecordBatch.StampLogAppendTime(bytes, stamp);
        }

        RecordBatch.Assign(bytes, _nextOffset, Epoch);
        var header = new BatchHeader(bytes);
        var marker = EndTransactionMarkerOf(header, command.Batch);
        _producers.Update(header, marker);
        _nextOffset = header.NextOffset;
        return new BatchAppended(_log, _token, command.Batch, header.BaseOffset, header.NextOffset, stamp, command.Acks, producer);
    }

    public void OnAppended(BatchAppended append)
    {
        Invariant.Check(append.BaseOffset == LogEndOffset && append.NextOffset <= _nextOffset);
        _topic?.OnAppended(append.Batch.Length, append.NextOffset - append.BaseOffset);
        Take(_replicas.OnAppended(append.NextOffset, _services.NowMs), publishes: true);
    }

    public void OnReplayed(in BatchHeader header)
    {
        if (header.BaseOffset < _nextOffset)
            return;
        _producers.Update(header, marker: null);
        _nextOffset = header.NextOffset;
    }

    /// <summary>The topic's settings, or what the metadata says of the partition, may have changed.</summary>
    public void OnRefresh()
    {
        if (TakeSettings() is { } image)
            Take(_replicas.OnMetadata(image.PartitionEpoch, image.Replicas, image.Isr, _services.NowMs), publishes: false);
        OnMembersChanged();
        Publish();
    }

    public void OnFollowerFetched(FollowerFetched fetched)
    {
        if (fetched.LeaderEpoch != Epoch)
            return;
        Take(
            _replicas.OnFollowerFetched(
                fetched.Broker, fetched.BrokerEpoch, fetched.FetchOffset, fetched.LogStartOffset, fetched.LeaderEnd, fetched.AtMs),
            publishes: false);
    }

    public void OnTick() => Take(_replicas.OnTick(_services.NowMs), publishes: false);

    /// <summary>
    /// It may come before the refresh that tells of a setting which was there when the change was decided: a watermark that went by the one before would pass who has just
    /// left, and is eligible by the new one.
    /// </summary>
    public void OnProposalAnswered(IsrAnswered answered)
    {
        TakeSettings();
        Take(_replicas.OnProposalAnswered(answered.Proposal, answered.Answer, _services.NowMs), publishes: false);
        OnMembersChanged();
    }

    /// <summary>What an append that ends before this offset is answered at acks=all now; null while it waits.</summary>
    public ErrorCode? CheckAppended(long nextOffset) => nextOffset > LogEndOffset ? null : _replicas.CheckAppended(nextOffset);

    public void Publish()
    {
        _log.HighWatermark = _replicas.HighWatermark;
        _producers.ForgetReplicated(_replicas.HighWatermark);
        _led.Publish(View());
    }

    public AppendReply Reply(long baseOffset, long logAppendTimeMs) => new(ErrorCode.None, baseOffset, logAppendTimeMs, _log.LogStartOffset)
    {
        WrittenAt = HasFollowers ? _services.Time.GetTimestamp() : 0,
    };

    /// <summary>Before this offset no replica that lives has anything; -1 while that is not known.</summary>
    public long LowWatermark => _replicas.LowWatermark(_log.LogStartOffset);

    public Task<long> IncrementLogStartAsync(long offset) => _log.IncrementLogStartOffsetAsync(offset);

    public void ExpireProducers() =>
        _producers.RemoveExpired(_services.Time.GetUtcNow().ToUnixTimeMilliseconds(), _services.ProducerIdExpirationMs);

    public IReadOnlyList<ActiveProducer> ActiveProducers() =>
        [.. _producers.Producers.Select(p => new ActiveProducer(
            p.ProducerId, p.ProducerEpoch, p.LastSequence, p.LastTimestamp, p.CoordinatorEpoch, p.CurrentTransactionFirstOffset))];

    /// <summary>Of the newest metadata, which is answered; null, and nothing taken, if it names another leader or epoch: a setting that came with that is not for this one.</summary>
    private PartitionImage? TakeSettings()
    {
        if (!_services.Metadata.Current.TryGetPartition(_led.Id, out var image) || image.Leader != _services.NodeId || image.LeaderEpoch != Epoch)
            return null;
        Take(_replicas.OnMinInSyncReplicasChanged(MinInSyncReplicas(_led.Id, image), _services.NowMs), publishes: false);
        return image;
    }

    /// <summary>Never more than there are replicas, as the controller counts too: else nothing would ever be committed.</summary>
    private int MinInSyncReplicas(TopicIdPartition id, PartitionImage image) =>
        _services.Metadata.Current.TryGetTopic(id.TopicId, out var topic) ? Math.Min(_services.MinInSyncReplicas(topic), image.Replicas.Length) : 1;

    private void Take(LeaderEffects effects, bool publishes)
    {
        if (publishes || effects.WatermarkRose)
            Publish();
        if (effects.Proposal is { } proposal)
        {
            _services.IsrInFlight[_led.Id] = proposal;
            _services.IsrChanges.Tell(new ProposeIsr(_led.Id, proposal), _led.Owner);
        }
        else if (_replicas.InFlight is null && !_services.IsrInFlight.IsEmpty)
        {
            _services.IsrInFlight.TryRemove(_led.Id, out _);
        }
    }

    private void OnMembersChanged()
    {
        _led.Followers = _replicas.Followers;
        _led.AskForProgress();
    }

    private static EndTransactionMarker? EndTransactionMarkerOf(in BatchHeader header, ReadOnlyMemory<byte> bytes) =>
        header.IsControl && EndTransactionMarker.TryRead(new RecordBatch(bytes), out var marker) ? marker : null;

    private PartitionView View()
    {
        var watermark = _replicas.HighWatermark;
        var stable = _producers.LastStableOffset(watermark);
        var start = Math.Min(_log.LogStartOffset, watermark);
        return new PartitionView(Epoch, start, Math.Max(stable, start), watermark, _replicas.LogEndOffset) { IsWatermarkCurrent = _replicas.IsWatermarkCurrent };
    }
}
