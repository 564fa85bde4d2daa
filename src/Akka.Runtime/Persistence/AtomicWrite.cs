using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Persistence;

/// <summary>
/// Events that a journal stores all or none: one of Persist, or all of a PersistAll. <see cref="Payload"/> is an
/// <see cref="IImmutableList{T}"/> of <see cref="IPersistentRepresentation"/>, made when it is first asked for.
/// </summary>
public sealed class AtomicWrite : IPersistentEnvelope
{
    private readonly IPersistentRepresentation _first;
    private IImmutableList<IPersistentRepresentation>? _payload;

    public AtomicWrite(IPersistentRepresentation @event)
    {
        _first = @event;
        Size = 1;
    }

    public AtomicWrite(IImmutableList<IPersistentRepresentation> payload)
    {
        if (payload.Count == 0)
        {
            throw new ArgumentException("an AtomicWrite must not be empty", nameof(payload));
        }

        foreach (var item in payload)
        {
            if (item.PersistenceId != payload[0].PersistenceId)
            {
                throw new ArgumentException(
                    $"an AtomicWrite must be of one persistence id, but holds {payload[0].PersistenceId} and {item.PersistenceId}", nameof(payload));
            }
        }

        _first = payload[0];
        _payload = payload;
        Size = payload.Count;
    }

    public object Payload => Events;

    public IActorRef Sender => ActorRefs.NoSender!;

    public int Size { get; }

    public string PersistenceId => _first.PersistenceId;

    public long LowestSequenceNr => _first.SequenceNr;

    public long HighestSequenceNr => _payload is null ? _first.SequenceNr : _payload[^1].SequenceNr;

    internal IPersistentRepresentation First => _first;

    internal IImmutableList<IPersistentRepresentation> Events => _payload ??= ImmutableArray.Create(_first);

    public override string ToString() =>
        $"AtomicWrite<pid: {PersistenceId}, seqNr: {LowestSequenceNr}..{HighestSequenceNr}, size: {Size}>";
}
