using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster.Sharding;

/// <summary>
/// The entities of one shard, each a child named by its id and started by its first message.
/// <code>
///   (none) ──message──▶ active ──Passivate──▶ passivating: messages are kept ──it stopped──▶ (none), or active again if any were kept
///                          └──it stopped or failed for good──▶ (none): the next message starts it anew
/// </code>
/// When the shard is handed off, every entity gets the hand-off message; what still comes goes back to the region, which keeps it. Then
/// the shard ends, which is how the region knows.
/// Invariants: an entity has one incarnation at a time; kept messages go to the next one, in their order, before any later message.
/// </summary>
internal sealed class Shard : ActorBase, IWithTimers
{
    private readonly Dictionary<string, Entity> _entities = new(StringComparer.Ordinal);
    private readonly Dictionary<IActorRef, Entity> _byRef = [];
    private readonly string _shardId;
    private readonly RegionSetup _setup;
    private int _kept;
    private bool _handingOff;

    public Shard(string shardId, RegionSetup setup)
    {
        _shardId = shardId;
        _setup = setup;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan IdleAfter => _setup.Settings.PassivateIdleEntityAfter;

    protected override void PreStart()
    {
        if (IdleAfter > TimeSpan.Zero)
        {
            Timers.StartPeriodicTimer(nameof(IdleTick), IdleTick.Instance, IdleAfter / 2);
        }
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Terminated ended:
                EntityEnded(ended.ActorRef);
                return true;
            case Passivate passivate:
                BeginPassivating(Sender, passivate.StopMessage);
                return true;
            case StopShard:
                BeginHandOff();
                return true;
            case HandOffTimedOut:
                foreach (var entity in _byRef.Keys)
                {
                    Context.Stop(entity);
                }

                return true;
            case IdleTick:
                PassivateIdle();
                return true;
            case GetShardState:
                Sender.Tell(new ShardState(_shardId, _entities.Keys.ToImmutableHashSet()), Self);
                return true;
            default:
                return Deliver(message);
        }
    }

    private bool Deliver(object message)
    {
        if (_setup.Extractor.EntityId(message) is not { Length: > 0 } id)
        {
            return false;
        }

        if (_handingOff)
        {
            Context.Parent.Forward(message);
            return true;
        }

        if (!_entities.TryGetValue(id, out var entity))
        {
            entity = new Entity(id);
            if (!TryStart(entity))
            {
                Drop(message, Sender);
                return true;
            }

            _entities.Add(id, entity);
        }

        if (entity.Passivating)
        {
            Keep(entity, message);
        }
        else
        {
            Give(entity, message, Sender);
        }

        return true;
    }

    private void Give(Entity entity, object message, IActorRef sender)
    {
        if (message is ShardRegion.StartEntity)
        {
            return;
        }

        entity.Busy = true;
        try
        {
            if (_setup.Extractor.EntityMessage(message) is { } payload)
            {
                entity.Ref!.Tell(payload, sender);
            }
        }
        catch (Exception e)
        {
            // A failure here would end all entities of this shard.
            Context.System.Log.Error(e, "{0}: The message extractor failed, dropping message [{1}]", _setup.TypeName, message.GetType());
            Drop(message, sender);
        }
    }

    private void Keep(Entity entity, object message)
    {
        if (_kept >= _setup.Settings.TuningParameters.BufferSize)
        {
            Context.System.Log.Warning("{0}: Buffer is full, dropping message for passivated entity in shard [{1}]", _setup.TypeName, _shardId);
            Drop(message, Sender);
            return;
        }

        _kept++;
        (entity.Kept ??= new Queue<Envelope>()).Enqueue(new Envelope(message, Sender));
    }

    private bool TryStart(Entity entity)
    {
        try
        {
            entity.Ref = Context.Watch(Context.ActorOf(_setup.EntityProps!(entity.Id), Uri.EscapeDataString(entity.Id)));
        }
        catch (Exception e)
        {
            Context.System.Log.Error(e, "{0}: Entity [{1}] of shard [{2}] could not be started", _setup.TypeName, entity.Id, _shardId);
            return false;
        }

        entity.Passivating = false;
        entity.Busy = true;
        _byRef.Add(entity.Ref, entity);
        return true;
    }

    private void Drop(object message, IActorRef sender) =>
        Context.System.DeadLetters.Tell(new DeadLetter(message, sender, Self), sender);

    private void BeginPassivating(IActorRef sender, object stopMessage)
    {
        if (_byRef.TryGetValue(sender, out var entity) && !entity.Passivating)
        {
            entity.Passivating = true;
            if (!_handingOff)
            {
                sender.Tell(stopMessage, Self);
            }
        }
    }

    private void EntityEnded(IActorRef ended)
    {
        if (!_byRef.Remove(ended, out var entity))
        {
            return;
        }

        if (_handingOff)
        {
            _entities.Remove(entity.Id);
            ReturnKept(entity);
            CompleteHandOff();
        }
        else if (entity.Kept is { Count: > 0 } && TryStart(entity))
        {
            while (entity.Kept.TryDequeue(out var envelope))
            {
                _kept--;
                Give(entity, envelope.Message, envelope.Sender!);
            }
        }
        else
        {
            _entities.Remove(entity.Id);
            while (entity.Kept is not null && entity.Kept.TryDequeue(out var envelope))
            {
                _kept--;
                Drop(envelope.Message, envelope.Sender!);
            }
        }
    }

    private void BeginHandOff()
    {
        if (_handingOff)
        {
            return;
        }

        _handingOff = true;
        Timers.Cancel(nameof(IdleTick));
        foreach (var (entity, state) in _byRef)
        {
            if (!state.Passivating)
            {
                entity.Tell(_setup.HandOffStopMessage, Self);
            }
        }

        Timers.StartSingleTimer(nameof(HandOffTimedOut), HandOffTimedOut.Instance, _setup.Settings.TuningParameters.HandOffTimeout);
        CompleteHandOff();
    }

    private void CompleteHandOff()
    {
        if (_byRef.Count == 0)
        {
            Context.Stop(Self);
        }
    }

    private void ReturnKept(Entity entity)
    {
        while (entity.Kept is not null && entity.Kept.TryDequeue(out var envelope))
        {
            _kept--;
            Context.Parent.Tell(envelope.Message, envelope.Sender!);
        }
    }

    private void PassivateIdle()
    {
        foreach (var entity in _byRef.Values.Where(entity => !entity.Passivating).ToList())
        {
            // Two quiet half intervals in a row make an idle one.
            entity.QuietHalves = entity.Busy ? 0 : entity.QuietHalves + 1;
            entity.Busy = false;
            if (entity.QuietHalves >= 2)
            {
                BeginPassivating(entity.Ref!, _setup.HandOffStopMessage);
            }
        }
    }

    private sealed class Entity(string id)
    {
        public string Id { get; } = id;

        public IActorRef? Ref { get; set; }

        public bool Passivating { get; set; }

        public Queue<Envelope>? Kept { get; set; }

        public bool Busy { get; set; }

        public int QuietHalves { get; set; }
    }

    private sealed class IdleTick : INotInfluenceReceiveTimeout
    {
        public static readonly IdleTick Instance = new();
    }

    private sealed class HandOffTimedOut
    {
        public static readonly HandOffTimedOut Instance = new();
    }
}
