using Akka.Actor;

namespace Akka.Persistence;

/// <summary>Bounds how many actors of a system recover at a time (<c>akka.persistence.max-concurrent-recoveries</c>). Any thread.</summary>
internal sealed class RecoveryPermits(int max)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<(IActorRef Actor, int RecoveryId)> _waiting = [];
    private int _taken;

    /// <summary>True: taken. False: <see cref="RecoveryPermitGranted"/> comes when it is the actor's turn.</summary>
    public bool TryTake(IActorRef actor, int recoveryId)
    {
        lock (_gate)
        {
            if (_taken < max)
            {
                _taken++;
                return true;
            }

            _waiting.AddLast((actor, recoveryId));
            return false;
        }
    }

    public void Release()
    {
        (IActorRef Actor, int RecoveryId) next;
        lock (_gate)
        {
            if (_waiting.First is not { } first)
            {
                _taken--;
                return;
            }

            _waiting.RemoveFirst();
            next = first.Value;
        }

        next.Actor.Tell(new RecoveryPermitGranted(next.RecoveryId), ActorRefs.NoSender!);
    }

    /// <summary>An actor ends while it waits; its turn may have come just now.</summary>
    public void Leave(IActorRef actor, int recoveryId)
    {
        bool waited;
        lock (_gate)
        {
            waited = _waiting.Remove((actor, recoveryId));
        }

        if (!waited)
        {
            Release();
        }
    }
}
