using Akka.Actor;
using Akka.Broker.Operations;
using Petabridge.Cmd.Host;

namespace Akka.Broker.Cmd.Verbs;

/// <summary>Starts a <see cref="VerbRun"/> for each command of its palette.</summary>
internal sealed class PaletteActor : CommandHandlerActor
{
    public PaletteActor(BrokerPalette palette, BrokerAdministration node) : base(palette.Definition)
    {
        foreach (var verb in palette.Verbs)
            Process(verb.Name, command => Context.ActorOf(VerbRun.Props(verb, command, node, Sender)));
    }

    public static Props Props(BrokerPalette palette, BrokerAdministration node) => Akka.Actor.Props.Create(() => new PaletteActor(palette, node));
}

/// <summary>A palette as the host takes it.</summary>
internal sealed class PaletteHandler(BrokerPalette palette, BrokerAdministration node) : CommandPaletteHandler(palette.Definition)
{
    public override Props HandlerProps { get; } = PaletteActor.Props(palette, node);
}
