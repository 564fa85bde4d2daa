using Akka.Actor;
using Petabridge.Cmd.Wire;

namespace Petabridge.Cmd.Host;

/// <summary>
/// One command while it runs: the parent of its handler and the sender whom the handler answers.
/// <code>
///  started ─▶ handler told ── CommandResponse ─▶ Output … ── final ─▶ Done ─▶ stopped, and the handler with it
///                          ├─ ErroredCommandResponse, failure of the handler, its end without a word ─▶ Failed ─▶ stopped
///                          └─ Cancel ─▶ Done ─▶ stopped
/// </code>
/// <para>Invariant: exactly one of Done and Failed goes out.</para>
/// </summary>
internal sealed class CommandRun : UntypedActor
{
    /// <summary>The client wants no more of it, or is gone.</summary>
    internal sealed class Cancel
    {
        public static readonly Cancel Instance = new();
    }

    private readonly Props _handler;
    private readonly Command _command;
    private readonly Action<CmdFrame> _send;
    private bool _hasEnded;

    public CommandRun(Props handler, Command command, Action<CmdFrame> send)
    {
        _handler = handler;
        _command = command;
        _send = send;
    }

    /// <param name="handler">Of the palette.</param>
    /// <param name="command">Checked.</param>
    /// <param name="send">Puts the command's id into the frame and sends it. Any thread.</param>
    public static Props Props(Props handler, Command command, Action<CmdFrame> send) => Akka.Actor.Props.Create(() => new CommandRun(handler, command, send));

    protected override void PreStart()
    {
        var handler = Context.ActorOf(_handler, "handler");
        Context.Watch(handler);
        handler.Tell(_command, Self);
    }

    /// <summary>Also when the actor system ends: the client is not left waiting.</summary>
    protected override void PostStop() => End(CmdFrameType.Failed, "The host stops.");

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(cause =>
    {
        End(CmdFrameType.Failed, $"'{_command.Palette} {_command.Name}' has failed: {cause.Message}");
        return Directive.Stop;
    });

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case CommandResponse response:
                OnResponse(response);
                break;
            case IEnumerable<CommandResponse> responses:
                foreach (var response in responses)
                    OnResponse(response);
                break;
            case Status.Failure failure:
                End(CmdFrameType.Failed, failure.Cause.Message);
                break;
            case Terminated:
                End(CmdFrameType.Failed, $"'{_command.Palette} {_command.Name}' ended without an answer.");
                break;
            case Cancel:
                End(CmdFrameType.Done, "");
                break;
            default:
                Unhandled(message);
                return;
        }
        if (_hasEnded)
            Context.Stop(Self);
    }

    private void OnResponse(CommandResponse response)
    {
        if (_hasEnded)
            return;
        if (response is ErroredCommandResponse)
            End(CmdFrameType.Failed, response.Text);
        else if (response.Final)
            End(CmdFrameType.Done, response.Text);
        else
            _send(new CmdFrame(CmdFrameType.Output, 0, response.Text));
    }

    private void End(CmdFrameType type, string text)
    {
        if (_hasEnded)
            return;
        _hasEnded = true;
        _send(new CmdFrame(type, 0, text));
    }
}
