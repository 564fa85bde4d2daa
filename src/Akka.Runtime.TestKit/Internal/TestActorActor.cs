using Akka.Actor;

namespace Akka.TestKit.Internal;

/// <summary>The actor behind a test kit or a probe: keeps what it gets for the test, and watches and makes children on its behalf.</summary>
internal sealed class TestActorActor(ReceivedMessages received) : UntypedActor
{
    private Func<object, bool>? _ignore;
    private AutoPilot? _autoPilot;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case SetIgnore setIgnore:
                _ignore = setIgnore.Ignore;
                break;
            case Watch watch:
                Context.Watch(watch.Subject);
                Sender.Tell(Done.Instance);
                break;
            case Unwatch unwatch:
                Context.Unwatch(unwatch.Subject);
                Sender.Tell(Done.Instance);
                break;
            case SetAutoPilot setAutoPilot:
                _autoPilot = setAutoPilot.AutoPilot;
                break;
            case Spawn spawn:
                Sender.Tell(Context.ActorOf(spawn.Props, spawn.Name));
                break;
            default:
                Take(message);
                break;
        }
    }

    private void Take(object message)
    {
        if (_autoPilot is not null && _autoPilot.Run(Sender, message) is var next and not KeepRunning)
            _autoPilot = next;
        if (_ignore is null || !_ignore(message))
            received.Add(new RealMessageEnvelope(message, Sender));
    }

    internal sealed record SetIgnore(Func<object, bool>? Ignore) : INoSerializationVerificationNeeded;

    internal sealed record Watch(IActorRef Subject) : INoSerializationVerificationNeeded;

    internal sealed record Unwatch(IActorRef Subject) : INoSerializationVerificationNeeded;

    internal sealed record SetAutoPilot(AutoPilot AutoPilot) : INoSerializationVerificationNeeded;

    internal sealed record Spawn(Props Props, string? Name) : INoSerializationVerificationNeeded;
}
