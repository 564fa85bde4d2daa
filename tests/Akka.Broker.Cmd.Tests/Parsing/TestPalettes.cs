using Petabridge.Cmd;

namespace Akka.Broker.Cmd.Tests.Parsing;

/// <summary>Palettes that have one of everything.</summary>
internal static class TestPalettes
{
    public static readonly CommandDefinition Send = new CommandDefinitionBuilder().WithName("send").WithDescription("Sends a letter")
        .WithArgument(a => a.WithName("to").WithDescription("Whom").WithSwitch("-t").WithSwitch("--to").IsMandatory(true))
        .WithArgument(a => a.WithName("kind").WithDescription("What").WithSwitch("--kind").WithDefaultValues("letter", "parcel"))
        .WithArgument(a => a.WithName("note").WithDescription("A remark").WithSwitch("-n").WithSwitch("--note").AllowMultiple(true))
        .WithArgument(a => a.WithName("weight").WithDescription("Grams").WithSwitch("--weight"))
        .WithArgument(a => a.WithName("fast").WithDescription("By air").WithSwitch("--fast").WithDefaultValues("true", "false"))
        .Build();

    public static readonly CommandPalette Mail = new("mail", [Send, new CommandDefinitionBuilder().WithName("list").WithDescription("Lists letters").Build()]);

    /// <summary>Knows names for the arguments <c>to</c> and <c>note</c>.</summary>
    public static readonly CommandDefinition Names = new CommandDefinitionBuilder().WithName("names").WithDescription("Who is in the book")
        .WithArgument(a => a.WithName("of").WithDescription("Which").WithSwitch("--of").WithDefaultValues("to", "note").IsMandatory(true)).Build();

    public static readonly CommandPalette Phone = new("phone", [new CommandDefinitionBuilder().WithName("ring").WithDescription("Rings").Build(), Names]);

    public static readonly IReadOnlyList<CommandPalette> All = [Mail, Phone];
}
