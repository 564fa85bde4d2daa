using Akka.Actor;

namespace Akka.Persistence.Journal;

/// <summary>What journals have in common: a batch without its deferred events is what the plugin writes.</summary>
public abstract class WriteJournalBase : ActorBase
{
    protected IEnumerable<AtomicWrite> PreparePersistentBatch(IEnumerable<IPersistentEnvelope> resequenceables)
    {
        var envelopes = resequenceables as IPersistentEnvelope[] ?? resequenceables.ToArray();
        var count = 0;
        foreach (var envelope in envelopes)
        {
            count += envelope is AtomicWrite ? 1 : 0;
        }

        var writes = count == 0 ? [] : new AtomicWrite[count];
        var at = 0;
        foreach (var envelope in envelopes)
        {
            if (envelope is AtomicWrite write)
            {
                writes[at++] = write;
            }
        }

        return writes;
    }
}
