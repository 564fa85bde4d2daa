using Akka.Actor;

namespace Petabridge.Cmd.Host;

/// <summary>
/// Carries the commands of a palette out. Whatever is done answers the command's <c>Sender</c> with <see cref="CommandResponse"/>s, the last one final; the
/// sender ends when nobody waits for more, so whoever streams watches it.
/// </summary>
public abstract class CommandHandlerActor : ReceiveActor
{
    private readonly Dictionary<string, Action<Command>> _actions = [];

    protected CommandHandlerActor(CommandPalette palette)
    {
        Receive<Command>(command =>
        {
            if (_actions.TryGetValue(command.Name, out var action))
                action(command);
            else
                Sender.Tell(new ErroredCommandResponse($"Nobody carries out '{palette.ModuleName} {command.Name}'."));
        });
    }

    /// <summary>Says what is done for a command. It runs as the actor; it returns at once and leaves what takes time to others.</summary>
    protected void Process(string commandName, Action<Command> action) => _actions[commandName] = action;
}
