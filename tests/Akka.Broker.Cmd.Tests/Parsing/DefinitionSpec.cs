using Petabridge.Cmd;

namespace Akka.Broker.Cmd.Tests.Parsing;

public sealed class DefinitionSpec
{
    [Fact]
    public void A_command_without_a_name_or_with_doubled_switches_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new CommandDefinitionBuilder().Build());
        Assert.Throws<ArgumentException>(() => new CommandDefinitionBuilder().WithName("x").WithArgument(a => a.WithName("y")));
        var doubled = new CommandDefinitionBuilder().WithName("x")
            .WithArgument(a => a.WithName("a").WithSwitch("-a")).WithArgument(a => a.WithName("b").WithSwitch("-a"));
        Assert.Contains("-a", Assert.Throws<ArgumentException>(doubled.Build).Message);
    }

    [Fact]
    public void Every_verb_of_the_broker_is_described_and_ends_its_switches_alike()
    {
        foreach (var palette in BrokerCommands.All)
        {
            foreach (var verb in palette.Verbs)
            {
                Assert.True(verb.Definition.Description.Length > 10, $"{palette.Name} {verb.Name} has no description");
                Assert.DoesNotContain(verb.Definition.Arguments, a => a.Description.Length < 3 || a.Description.EndsWith('.') || !a.Switch.Contains($"--{a.Name}"));
            }
        }
    }
}
