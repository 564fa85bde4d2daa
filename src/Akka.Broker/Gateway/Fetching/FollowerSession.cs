using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;
using PartitionData = Akka.Broker.Protocol.Messages.FetchResponse.PartitionData;

namespace Akka.Broker.Gateway.Fetching;

/// <summary>
/// The session of a follower's fetcher, which holds all that it follows here, thousands of partitions perhaps of which few have news at a time. A request looks at those
/// that something has happened to and at no others:
/// <code>
///  named by a request ─▶ due ─ looked at, all is told ─▶ quiet ─ its leader publishes, wants to hear of the follower, or its topic's metadata change ─▶ due
///                         └─ looked at, and it has an error or more to tell ─▶ due
/// </code>
/// A new watermark alone waits for a moment, in which records mostly come with which it is told: each batch would else cost each follower two answers. Records wait
/// until they come to what the follower asks for at least, and for a moment where leader and follower are busy (<see cref="Patience"/>).
/// Once in a while the leaders of quiet partitions hear that the follower is there and has what it had.
/// <para>
/// Invariants: a partition that is due is in _due, once; one that is quiet listens to the leadership that it was looked at under. A leader publishes before it tells of it, and
/// a partition is quiet before it is looked at: what is missed by the look makes it due again.
/// </para>
/// Thread-safe.
/// </summary>
/// <param name="id">The session's.</param>
/// <param name="reader">The follower's broker.</param>
/// <param name="image">The metadata as of its first request.</param>
/// <param name="tellsWatermarksAtOnce">Whether a new watermark is worth an answer of its own, and no record waits for others: where consumers read followers, who see no
/// record before.</param>
/// <param name="patience">With the follower when it is busy.</param>
internal sealed class FollowerSession(int id, FetchReader reader, MetadataImage image, bool tellsWatermarksAtOnce, PatienceLimits patience)
    : FetchSession(id, usesTopicIds: true)
{
    private const long RefreshMs = 1000;

    private List<Watch> _due = [];
    private List<Watch> _spare = [];
    private readonly Patience _patience = new(patience);
    private IPoll? _poll;
    private int _wantedBytes;
    private long _awaitedBytes;
    private MetadataImage _image = image;
    private long _refreshedAtMs = long.MinValue / 2;

    /// <summary>What records alone must come to for an answer now; 0: any will do.</summary>
    public int EnoughBytes
    {
        get
        {
            lock (Gate)
                return _patience.EnoughBytes;
        }
    }

    /// <summary>Whether it belongs to an earlier life of that broker.</summary>
    public bool IsOutlivedBy(in FetchReader other) => other.Broker == reader.Broker && other.BrokerEpoch != reader.BrokerEpoch;

    /// <summary>A request has come: what the metadata have changed is due, and leaders hear of it.</summary>
    public void OnRequest(MetadataImage image, long nowMs)
    {
        List<Watch>? quiet = null;
        lock (Gate)
        {
            if (!ReferenceEquals(image, _image))
                MarkChanged(image);
            if (nowMs - _refreshedAtMs >= RefreshMs)
            {
                _refreshedAtMs = nowMs;
                quiet = [.. Order.Select(p => p.Watch!).Where(w => !w.IsDue && w.Led is { IsClosed: false })];
            }
        }
        foreach (var watch in quiet ?? [])
        {
            var (led, requested) = (watch.Led, watch.Fetched.Requested);
            led?.TellFetched(reader.Broker, reader.BrokerEpoch, led.View, requested.FetchOffset, requested.LogStartOffset, nowMs);
        }
    }

    /// <summary>Listens to the leadership from now on. Read its view afterwards.</summary>
    public void Attach(FetchedPartition fetched, LedPartition led)
    {
        lock (Gate)
        {
            var watch = fetched.Watch!;
            if (watch.Led == led || watch.IsForgotten)
                return;
            watch.Led?.Unsubscribe(watch);
            watch.Led = led;
            led.Subscribe(watch);
        }
    }

    /// <summary>What it has is held back for now: that there is more of it is no reason to answer.</summary>
    public static void Hold(FetchedPartition fetched, bool isHeld) => fetched.Watch!.IsHeld = isHeld;

    /// <summary>It was looked at.</summary>
    /// <param name="fetched">What.</param>
    /// <param name="knownBytes">Of its log's <see cref="Storage.PartitionLog.AppendedBytes"/>, what the follower has.</param>
    public static void Found(FetchedPartition fetched, long knownBytes) => fetched.Watch!.KnownBytes = knownBytes;

    /// <summary>All that is due, which is quiet now.</summary>
    public List<FetchedPartition> TakeDue()
    {
        lock (Gate)
            return Select();
    }

    /// <summary>Of what was looked at, what was not answered, or not all of it, is due again; before all others what the limits have left out.</summary>
    public void Settle(List<FetchedPartition> looked, List<PartitionData> answered)
    {
        lock (Gate)
        {
            for (var pass = 0; pass < 2; pass++)
            {
                for (var i = 0; i < looked.Count; i++)
                {
                    var (watch, data) = (looked[i].Watch!, answered[i]);
                    var hasMore = data.ErrorCode != ErrorCode.None || data.DivergingEpoch is not null || watch.HasRecords
                        || looked[i].IsUntold(data.HighWatermark, data.LogStartOffset);
                    if (hasMore && data.Records is { SizeInBytes: > 0 } == (pass == 1))
                        Mark(watch);
                }
            }
        }
    }

    /// <summary>Ends the wait when something has happened that is to be told at once; it may have happened already.</summary>
    /// <param name="poll">Who waits.</param>
    /// <param name="wantedBytes">What records alone must come to for that.</param>
    public void Await(IPoll poll, int wantedBytes)
    {
        lock (Gate)
        {
            (_poll, _wantedBytes, _awaitedBytes) = (poll, wantedBytes, 0);
            foreach (var watch in _due)
                Hurry(poll, watch);
        }
    }

    /// <summary>Whether what was looked at has something to tell at once that has no size.</summary>
    public bool IsUrgent(FetchedPartition looked, PartitionData data) =>
        tellsWatermarksAtOnce ? looked.IsUntold(data.HighWatermark, data.LogStartOffset) : looked.IsUntoldAtOnce(data.LogStartOffset);

    public void EndWait(IPoll poll)
    {
        lock (Gate)
        {
            if (_poll == poll)
                _poll = null;
        }
    }

    /// <summary>As <see cref="Patience.OnAnswered"/>.</summary>
    public void OnAnswered(long bytes, bool hasWaited)
    {
        if (tellsWatermarksAtOnce)
            return;
        lock (Gate)
            _patience.OnAnswered(bytes, hasWaited);
    }

    public override void Close()
    {
        lock (Gate)
        {
            foreach (var partition in Order)
                Forget(partition.Watch!);
        }
    }

    protected override void OnSet(FetchedPartition partition)
    {
        partition.Watch ??= new Watch(this, partition);
        partition.Watch.IsHeld = false;
        Mark(partition.Watch);
    }

    protected override void OnForgotten(FetchedPartition partition) => Forget(partition.Watch!);

    protected override List<FetchedPartition> Select()
    {
        (_due, _spare) = (_spare, _due);
        var taken = new List<FetchedPartition>(_spare.Count);
        foreach (var watch in _spare)
        {
            watch.IsDue = false;
            if (!watch.IsForgotten)
                taken.Add(watch.Fetched);
        }
        _spare.Clear();
        return taken;
    }

    private static void Forget(Watch watch)
    {
        watch.IsForgotten = true;
        watch.Led?.Unsubscribe(watch);
        watch.Led = null;
    }

    private void MarkChanged(MetadataImage image)
    {
        var (topic, hasChanged) = (Guid.Empty, false);
        foreach (var partition in Order)
        {
            if (partition.Key.TopicId != topic)
            {
                topic = partition.Key.TopicId;
                hasChanged = !ReferenceEquals(_image.TopicsById.GetValueOrDefault(topic), image.TopicsById.GetValueOrDefault(topic));
            }
            if (hasChanged)
                Mark(partition.Watch!);
        }
        _image = image;
    }

    private void Mark(Watch watch)
    {
        if (watch.IsDue || watch.IsForgotten)
            return;
        watch.IsDue = true;
        watch.AwaitedBytes = 0;
        _due.Add(watch);
    }

    private void OnChanged(Watch watch, LedPartition changed)
    {
        lock (Gate)
        {
            if (watch.Led != changed)
                return;
            Mark(watch);
            if (_poll is { } poll)
                Hurry(poll, watch);
        }
    }

    private void Hurry(IPoll poll, Watch watch)
    {
        var tells = watch.Tells;
        if (tells == News.AtOnce || (tells == News.Watermark && tellsWatermarksAtOnce) || (tells == News.Records && IsEnough(watch)))
            poll.Hurry();
        else if (tells == News.Watermark || (tells == News.Records && _patience.EnoughBytes > 0))
            poll.HurrySoon();
    }

    private bool IsEnough(Watch watch)
    {
        // The least that can be asked for needs no count.
        if (_wantedBytes <= 1)
            return true;
        var bytes = watch.Led!.Log.AppendedBytes - watch.KnownBytes;
        _awaitedBytes += bytes - watch.AwaitedBytes;
        watch.AwaitedBytes = bytes;
        return _awaitedBytes >= _wantedBytes;
    }

    /// <summary>What has become of a partition since its follower was told of it.</summary>
    internal enum News
    {
        None,

        /// <summary>That no records come with.</summary>
        Watermark,

        Records,

        /// <summary>A log start, the end of the leadership.</summary>
        AtOnce,
    }

    /// <summary>One partition's place in the session. All of it is guarded by the session's lock, but for <see cref="Led"/>, which may be read without.</summary>
    internal sealed class Watch(FollowerSession session, FetchedPartition fetched) : IPartitionViewListener
    {
        public FetchedPartition Fetched => fetched;

        /// <summary>Under which it was last looked at; null: nobody led it here.</summary>
        public LedPartition? Led { get; set; }

        public bool IsDue { get; set; }

        public bool IsForgotten { get; set; }

        public bool IsHeld { get; set; }

        /// <summary>Of its log's <see cref="Storage.PartitionLog.AppendedBytes"/>, what the follower has.</summary>
        public long KnownBytes { get; set; }

        /// <summary>Of the bytes behind these, what the wait has counted.</summary>
        public long AwaitedBytes { get; set; }

        /// <summary>There is more to be read than was asked from, or nobody to read it from.</summary>
        public bool HasRecords => Led is not { IsClosed: false } led || led.View.LogEndOffset > fetched.Requested.FetchOffset;

        public News Tells
        {
            get
            {
                if (Led is not { IsClosed: false } led)
                    return News.AtOnce;
                if (IsHeld)
                    return News.None;
                var view = led.View;
                if (fetched.IsUntoldAtOnce(view.LogStartOffset))
                    return News.AtOnce;
                if (view.LogEndOffset > fetched.Requested.FetchOffset)
                    return News.Records;
                return fetched.IsUntold(view.HighWatermark, view.LogStartOffset) ? News.Watermark : News.None;
            }
        }

        public void OnViewChanged(LedPartition partition) => session.OnChanged(this, partition);
    }
}
