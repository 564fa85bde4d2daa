using Akka.Actor;
using Akka.Event;

namespace Akka.Persistence.Journal;

/// <summary>
/// Passes replayed events on to a recovering actor, held back by a window in which a second writer shows. The writer whose event comes
/// last owns the sequence numbers from its first one on; what another wrote there is old. Used by one replay, from whichever thread it
/// runs on.
/// </summary>
internal sealed class ReplayFilter(ReplayFilterSettings settings, ReplayMessages replay, ILoggingAdapter log)
{
    private readonly LinkedList<IPersistentRepresentation> _window = [];
    private readonly HashSet<string> _oldWriters = new(StringComparer.Ordinal);
    private readonly Queue<string> _oldWriterOrder = new();
    private string _writer = "";
    private long _next;

    public void Add(IPersistentRepresentation persistent)
    {
        if (persistent.IsDeleted)
        {
            return;
        }

        if (settings.Mode == ReplayFilterMode.Disabled)
        {
            Pass(persistent);
            return;
        }

        if (_window.Count >= settings.WindowSize)
        {
            Pass(_window.First!.Value);
            _window.RemoveFirst();
        }

        if (persistent.WriterGuid == _writer)
        {
            if (persistent.SequenceNr < _next)
            {
                Complain($"Invalid replayed event [sequence number {persistent.SequenceNr}, writer {persistent.WriterGuid}], expected at least {_next}");
                if (settings.Mode == ReplayFilterMode.RepairByDiscardOld)
                {
                    return;
                }
            }
        }
        else if (_oldWriters.Contains(persistent.WriterGuid))
        {
            Complain($"Invalid replayed event [sequence number {persistent.SequenceNr}] by the old writer {persistent.WriterGuid}, which was replaced by {_writer}");
            if (settings.Mode == ReplayFilterMode.RepairByDiscardOld)
            {
                return;
            }
        }
        else
        {
            NewWriter(persistent);
        }

        _next = Math.Max(_next, persistent.SequenceNr + 1);
        _window.AddLast(persistent);
    }

    public void Flush()
    {
        foreach (var persistent in _window)
        {
            Pass(persistent);
        }

        _window.Clear();
    }

    private void NewWriter(IPersistentRepresentation first)
    {
        if (_writer.Length > 0 && _oldWriters.Add(_writer))
        {
            _oldWriterOrder.Enqueue(_writer);
            if (_oldWriterOrder.Count > settings.MaxOldWriters)
            {
                _oldWriters.Remove(_oldWriterOrder.Dequeue());
            }
        }

        _writer = first.WriterGuid;
        _next = first.SequenceNr + 1;
        for (var node = _window.First; node is not null;)
        {
            var following = node.Next;
            if (node.Value.SequenceNr >= first.SequenceNr)
            {
                Complain($"Invalid replayed event [sequence number {node.Value.SequenceNr}, writer {node.Value.WriterGuid}]: the newer writer {_writer} wrote it too");
                if (settings.Mode == ReplayFilterMode.RepairByDiscardOld)
                {
                    _window.Remove(node);
                }
            }

            node = following;
        }
    }

    private void Complain(string what)
    {
        var text = $"{what}. Perhaps two persistent actors with the persistenceId [{replay.PersistenceId}] ran at the same time";
        if (settings.Mode == ReplayFilterMode.Fail)
        {
            throw new InvalidOperationException(text);
        }

        log.Warning(text);
    }

    private void Pass(IPersistentRepresentation persistent) =>
        replay.PersistentActor.Tell(new ReplayedMessage(persistent, replay.RecoveryId), ActorRefs.NoSender!);
}
