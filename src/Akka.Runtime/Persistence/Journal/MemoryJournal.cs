using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Persistence.Journal;

/// <summary>
/// A journal in memory, of one actor system: <c>akka.persistence.journal.inmem</c>. Writes happen in the journal's turns, replays
/// anywhere; a lock joins them.
/// </summary>
public class MemoryJournal : AsyncWriteJournal
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, History> _histories = new(StringComparer.Ordinal);

    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr)
    {
        lock (_gate)
        {
            return Task.FromResult(_histories.TryGetValue(persistenceId, out var history) ? history.Highest : 0L);
        }
    }

    public override Task ReplayMessagesAsync(
        IActorContext context,
        string persistenceId,
        long fromSequenceNr,
        long toSequenceNr,
        long max,
        Action<IPersistentRepresentation> recoveryCallback)
    {
        List<IPersistentRepresentation> events;
        lock (_gate)
        {
            events = _histories.TryGetValue(persistenceId, out var history) ? history.Events.ToList() : [];
        }

        foreach (var persistent in events)
        {
            if (max <= 0 || persistent.SequenceNr > toSequenceNr)
            {
                break;
            }

            if (persistent.SequenceNr >= fromSequenceNr)
            {
                recoveryCallback(persistent);
                max--;
            }
        }

        return Task.CompletedTask;
    }

    protected override Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages)
    {
        lock (_gate)
        {
            foreach (var write in messages)
            {
                if (!_histories.TryGetValue(write.PersistenceId, out var history))
                {
                    _histories.Add(write.PersistenceId, history = new History());
                }

                foreach (var persistent in write.Events)
                {
                    history.Events.Add(persistent.Update(
                        persistent.SequenceNr, persistent.PersistenceId, persistent.IsDeleted, ActorRefs.NoSender!, persistent.WriterGuid));
                }

                history.Highest = Math.Max(history.Highest, write.HighestSequenceNr);
            }
        }

        return Task.FromResult<IImmutableList<Exception>>(null!);
    }

    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr)
    {
        lock (_gate)
        {
            if (_histories.TryGetValue(persistenceId, out var history))
            {
                history.Events.RemoveAll(persistent => persistent.SequenceNr <= toSequenceNr);
            }
        }

        return Task.CompletedTask;
    }

    private sealed class History
    {
        public List<IPersistentRepresentation> Events { get; } = [];

        public long Highest { get; set; }
    }
}
