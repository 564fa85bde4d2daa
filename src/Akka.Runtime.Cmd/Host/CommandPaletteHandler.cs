using Akka.Actor;

namespace Petabridge.Cmd.Host;

/// <summary>A palette and who carries its commands out.</summary>
public abstract class CommandPaletteHandler(CommandPalette palette)
{
    public CommandPalette Palette { get; } = palette;

    /// <summary>Of a <see cref="CommandHandlerActor"/>; made anew for each command, and stopped when the command has ended or its client is gone.</summary>
    public abstract Props HandlerProps { get; }

    /// <summary>Called once, when the palette is registered.</summary>
    public virtual void OnRegister(PetabridgeCmd plugin)
    {
    }
}
