using Akka.Dispatch;
using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

/// <summary>The reference to an actor of this process.</summary>
internal sealed class LocalActorRef : InternalActorRefBase
{
    public LocalActorRef(ActorSystemImpl system, Props props, MessageDispatcher dispatcher, IInternalActorRef parent, ActorPath path)
    {
        Path = path;
        Cell = new ActorCell(system, this, props, dispatcher, parent);
    }

    public ActorCell Cell { get; }

    public override ActorPath Path { get; }

    public override IInternalActorRef Parent => Cell.Parent;

    public override IActorRefProvider Provider => Cell.SystemImpl.Provider;

    public override bool IsLocal => true;

    public override bool IsTerminated => Cell.IsTerminated;

    public override IActorRef GetChild(IReadOnlyList<string> name)
    {
        IInternalActorRef at = this;
        foreach (var element in name)
        {
            switch (element)
            {
                case "":
                    break;
                case "..":
                    at = at.Parent;
                    break;
                default:
                    if (at is not LocalActorRef local || local.Child(element) is not { } child)
                        return ActorRefs.Nobody;
                    at = child;
                    break;
            }
        }
        return at;
    }

    /// <summary>The child of that name, or of that name and uid (<c>name#uid</c>).</summary>
    public IInternalActorRef? Child(string name)
    {
        var hash = name.IndexOf('#');
        if (hash < 0)
            return Cell.Children.ByName(name);
        return Cell.Children.ByName(name[..hash]) is { } child && long.TryParse(name.AsSpan(hash + 1), out var uid) && uid == child.Path.Uid
            ? child
            : null;
    }

    public override void Start() => Cell.Start();

    public override void Stop() => Cell.SendSystemMessage(new Terminate());

    public override void Suspend() => Cell.SendSystemMessage(new Suspend());

    public override void Resume(Exception? causedByFailure = null) => Cell.SendSystemMessage(new Resume(causedByFailure));

    public override void Restart(Exception cause) => Cell.SendSystemMessage(new Recreate(cause));

    public override void SendSystemMessage(ISystemMessage message) => Cell.SendSystemMessage((SystemMessage)message);

    protected override void TellInternal(object message, IActorRef? sender) => Cell.Mailbox.Post(new Envelope(message, sender));
}
