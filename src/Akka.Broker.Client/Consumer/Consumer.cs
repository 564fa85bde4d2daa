using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Broker.Client.Consuming;
using Akka.Broker.Protocol;

namespace Akka.Broker.Client;

/// <summary>
/// A consumer for <c>await</c> code: a <see cref="ConsumerActor"/> behind it fetches, keeps the membership and commits. One loop at a time reads the records; everything else may be
/// called by any thread at any time.
/// <code>
/// await using var consumer = client.CreateConsumer(Serializers.Utf8, Serializers.Utf8, settings);
/// await consumer.SubscribeAsync(["orders"]);
/// await foreach (var record in consumer.WithCancellation(stopping))
///     …                                                     // asking for the next record says that this one is finished
/// </code>
/// </summary>
public sealed class Consumer<TKey, TValue> : IAsyncEnumerable<ConsumerRecord<TKey, TValue>>, IAsyncDisposable
{
    private readonly ConsumerSettings _settings;
    private readonly ActorSystem _system;
    private readonly ConsumerLink _link;
    private readonly RecordDecoder<TKey, TValue> _decoder;
    private readonly ConsumerOptions _options;
    private RecordEnumerator<TKey, TValue>? _loop;
    private int _isReading;

    internal Consumer(
        ActorSystem system, ConsumerOptions options, IDeserializer<TKey> keys, IDeserializer<TValue> values, IRebalanceListener? listener)
    {
        _system = system;
        _settings = options.Settings.Checked();
        _link = new ConsumerLink { Listener = listener, Told = told => Told?.Invoke(told), HasDemand = () => Volatile.Read(ref _loop)?.IsAsking ?? HasHandlers };
        _decoder = new RecordDecoder<TKey, TValue>(keys, values);
        _options = options with { Link = _link };
        Actor = system.ActorOf(ConsumerActor.PropsOf(_options));
    }

    /// <summary>Told of what happens: partitions that come and go, handlers that are slow or fail, trouble. On the consumer's thread: not to be blocked.</summary>
    public event Action<ConsumerEvent>? Told;

    /// <summary>Takes <see cref="IConsumerCommand"/>s.</summary>
    public IActorRef Actor { get; }

    private bool HasHandlers { get; set; }

    private TimeSpan AskTimeout => _settings.RequestTimeout + TimeSpan.FromSeconds(5);

    /// <summary>Joins the group for these topics, instead of those before.</summary>
    public Task SubscribeAsync(IEnumerable<string> topics) => TellAsync(new Subscribe([.. topics]));

    /// <summary>Joins the group for all topics that match, now and later; as <see cref="SubscribePattern"/>.</summary>
    public Task SubscribeAsync(Regex pattern) => TellAsync(new SubscribePattern(pattern));

    /// <summary>Takes exactly these partitions, without a group's help.</summary>
    public Task AssignAsync(IEnumerable<TopicPartition> partitions, StartPoint? start = null) =>
        TellAsync(new AssignTo(partitions.ToDictionary(p => p, _ => start ?? StartPoint.Committed)));

    /// <summary>As the other, each partition from a point of its own.</summary>
    public Task AssignAsync(IReadOnlyDictionary<TopicPartition, StartPoint> partitions) => TellAsync(new AssignTo(partitions));

    /// <summary>No records of these until they are resumed.</summary>
    public Task PauseAsync(params IReadOnlyCollection<TopicPartition> partitions) => TellAsync(new PausePartitions(partitions));

    /// <summary>Records of these come again; those of others are not touched.</summary>
    public Task ResumeAsync(params IReadOnlyCollection<TopicPartition> partitions) => TellAsync(new ResumePartitions(partitions));

    /// <summary>Goes on elsewhere. A record that the loop has already is not taken back.</summary>
    public Task SeekAsync(TopicPartition partition, StartPoint to) => TellAsync(new SeekPartition(partition, to));

    public Task SeekAsync(TopicPartition partition, long offset) => SeekAsync(partition, StartPoint.At(offset));

    /// <summary>Goes on at the first record that is not older; if there is none, at the end.</summary>
    public Task SeekAsync(TopicPartition partition, DateTimeOffset time) => SeekAsync(partition, StartPoint.AtTime(time));

    /// <summary>Commits what is finished.</summary>
    public Task CommitAsync() => TellAsync(new CommitFinished());

    /// <summary>Commits this record and all before it in its partition.</summary>
    public Task CommitAsync(ConsumerRecord<TKey, TValue> record, string metadata = "") =>
        CommitAsync(new Dictionary<TopicPartition, OffsetAndMetadata> { [record.TopicPartition] = record.NextOffset with { Metadata = metadata } });

    /// <summary>Commits these offsets, each that of the next record to be read.</summary>
    public Task CommitAsync(IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets) => TellAsync(new CommitOffsets(offsets));

    /// <summary>What the group has committed; partitions without an offset are missing.</summary>
    public async Task<IReadOnlyDictionary<TopicPartition, OffsetAndMetadata>> CommittedAsync(params IReadOnlyCollection<TopicPartition> partitions) =>
        (await AskAsync<CommittedOffsets>(new GetCommitted(partitions)).ConfigureAwait(false)).Offsets;

    /// <summary>The offset of the next record; null while it is not known.</summary>
    public async Task<long?> PositionAsync(TopicPartition partition) =>
        (await AskAsync<ConsumerPositions>(new GetPositions()).ConfigureAwait(false)).Offsets.TryGetValue(partition, out var offset) ? offset : null;

    /// <summary>The partitions that this consumer has now.</summary>
    public async Task<IReadOnlyList<TopicPartition>> AssignmentAsync() =>
        (await AskAsync<ConsumerPositions>(new GetPositions()).ConfigureAwait(false)).Assigned;

    /// <summary>How far it is behind in each of its partitions.</summary>
    public async Task<IReadOnlyList<PartitionLag>> LagAsync() => (await AskAsync<ConsumerLag>(new GetLag()).ConfigureAwait(false)).Partitions;

    /// <summary>Why records come, or why not.</summary>
    public Task<ConsumerExplanation> ExplainAsync() => AskAsync<ConsumerExplanation>(new ExplainConsumer());

    /// <summary>The records, for as long as the consumer lives.</summary>
    /// <exception cref="InvalidOperationException">Another loop reads them.</exception>
    public IAsyncEnumerator<ConsumerRecord<TKey, TValue>> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        BeginReading();
        var loop = new RecordEnumerator<TKey, TValue>(_link, _decoder, _settings, EndReading, cancellationToken);
        Volatile.Write(ref _loop, loop);
        return loop;
    }

    /// <summary>
    /// Hands each record to <paramref name="handler"/>, several at a time: those of one key one after the other and in order, other keys meanwhile. What is finished without a gap
    /// is what is committed. Ends with the token, or with the consumer, when the handlers that run are through, or <c>drain-timeout</c> is over: then their tokens are cancelled, and what
    /// they had is delivered again.
    /// </summary>
    public Task RunAsync(Func<ConsumerRecord<TKey, TValue>, CancellationToken, Task> handler, HandlerOptions? options = null, CancellationToken stopping = default) =>
        RunAsync(_ => new FunctionHandlers<TKey, TValue>(handler), options ?? new HandlerOptions(), stopping);

    /// <summary>
    /// As the other, with actors: each gets a <see cref="HandleRecord{TKey,TValue}"/>, and answers with <see cref="RecordHandled"/> or <see cref="Status.Failure"/>. There are
    /// as many as <see cref="HandlerOptions.Parallelism"/> says; one that does not answer in time is replaced.
    /// </summary>
    public Task RunAsync(Props handlers, HandlerOptions? options = null, CancellationToken stopping = default) =>
        RunAsync(factory => new ActorHandlers<TKey, TValue>(factory, handlers), options ?? new HandlerOptions(), stopping);

    /// <summary>Finishes, commits, leaves the group.</summary>
    public async ValueTask DisposeAsync()
    {
        var closed = Actor.WatchAsync();
        Actor.Tell(new CloseConsumer(), ActorRefs.NoSender);
        try
        {
            await closed.WaitAsync(_settings.CloseTimeout + _settings.RequestTimeout, _options.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _system.Stop(Actor);
        }
    }

    private async Task RunAsync(Func<IActorRefFactory, IRecordHandlers<TKey, TValue>> handlers, HandlerOptions options, CancellationToken stopping)
    {
        BeginReading();
        HasHandlers = true;
        await using var deadLetters = _options.DeadLetters(error => _link.Raise(new ConsumerTroubled("Writing dead letters", error, IsFinal: false)));
        try
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var parts = new HandlerParts<TKey, TValue>
            {
                Link = _link,
                Decoder = _decoder,
                Handlers = handlers,
                Options = options.Checked(),
                Settings = _settings,
                Time = _options.Time,
                Telemetry = _options.Telemetry,
                DeadLetters = deadLetters,
                Ended = ended,
            };
            var runner = _system.ActorOf(Props.Create(() => new HandlerActor<TKey, TValue>(parts)));
            using var registration = stopping.UnsafeRegister(static actor => ((IActorRef)actor!).Tell(StopHandling.Instance, ActorRefs.NoSender), runner);
            await ended.Task.ConfigureAwait(false);
        }
        finally
        {
            HasHandlers = false;
            EndReading();
        }
    }

    private void BeginReading()
    {
        if (Interlocked.Exchange(ref _isReading, 1) != 0)
            throw new InvalidOperationException("The records of this consumer are being read already; one loop at a time.");
    }

    private void EndReading()
    {
        Volatile.Write(ref _loop, null);
        Volatile.Write(ref _isReading, 0);
    }

    private Task TellAsync(IConsumerCommand command) => AskAsync<ConsumerDone>(command);

    private Task<T> AskAsync<T>(IConsumerCommand command) => Actor.Ask<T>(command, AskTimeout);
}
