using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace Akka.Runtime.Tests.Persistence;

/// <summary>A journal in memory that a test can make fail, reject, wait and count. One for each test, by its folder of histories.</summary>
public sealed class FaultyJournal : AsyncWriteJournal
{
    private readonly FaultyJournalControl _control = FaultyJournalControl.Of(Context.System);

    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr) =>
        _control.FailReads ? Task.FromException<long>(new IOException("read")) : Task.FromResult(_control.Highest(persistenceId));

    public override Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback)
    {
        foreach (var persistent in _control.Events(persistenceId).Where(p => p.SequenceNr >= fromSequenceNr && p.SequenceNr <= toSequenceNr).Take((int)Math.Min(max, int.MaxValue)))
        {
            recoveryCallback(persistent);
        }

        return _control.HangReplay ? new TaskCompletionSource().Task : Task.CompletedTask;
    }

    protected override Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages) => _control.WriteAsync(messages.ToList());

    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr)
    {
        if (_control.FailDeletes)
        {
            throw new IOException("delete");
        }

        _control.Delete(persistenceId, toSequenceNr);
        return Task.CompletedTask;
    }
}

/// <summary>The test's side of <see cref="FaultyJournal"/>.</summary>
public sealed class FaultyJournalControl
{
    private static readonly ConcurrentDictionary<ActorSystem, FaultyJournalControl> Controls = new();
    private readonly Dictionary<string, List<IPersistentRepresentation>> _histories = [];
    private readonly Lock _gate = new();

    public bool FailReads { get; set; }

    public bool HangReplay { get; set; }

    public bool FailDeletes { get; set; }

    /// <summary>Asked of each event; an exception fails the whole write, a string rejects the event.</summary>
    public Func<object, object?> Verdict { get; set; } = _ => null;

    /// <summary>A write completes when this does.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public ConcurrentQueue<int> BatchSizes { get; } = new();

    public static FaultyJournalControl Of(ActorSystem system) => Controls.GetOrAdd(system, _ => new FaultyJournalControl());

    public long Highest(string id)
    {
        lock (_gate)
        {
            return _histories.TryGetValue(id, out var events) && events.Count > 0 ? events[^1].SequenceNr : 0;
        }
    }

    public List<IPersistentRepresentation> Events(string id)
    {
        lock (_gate)
        {
            return _histories.TryGetValue(id, out var events) ? [.. events] : [];
        }
    }

    public void Delete(string id, long to)
    {
        lock (_gate)
        {
            _histories[id].RemoveAll(p => p.SequenceNr <= to && p.SequenceNr < _histories[id][^1].SequenceNr);
        }
    }

    public async Task<IImmutableList<Exception>> WriteAsync(List<AtomicWrite> writes)
    {
        BatchSizes.Enqueue(writes.Count);
        await Gate;
        var results = ImmutableList.CreateBuilder<Exception>();
        foreach (var write in writes)
        {
            Exception? rejected = null;
            var events = (IImmutableList<IPersistentRepresentation>)write.Payload;
            foreach (var persistent in events)
            {
                switch (Verdict(persistent.Payload))
                {
                    case Exception e:
                        throw e;
                    case string why:
                        rejected = new InvalidOperationException(why);
                        break;
                }
            }

            results.Add(rejected!);
            if (rejected is null)
            {
                lock (_gate)
                {
                    if (!_histories.TryGetValue(write.PersistenceId, out var history))
                    {
                        _histories.Add(write.PersistenceId, history = []);
                    }

                    history.AddRange(events);
                }
            }
        }

        return results.ToImmutable();
    }
}
