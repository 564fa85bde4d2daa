namespace Akka.Broker.Settings;

/// <summary><c>akka.broker.controller</c>.</summary>
/// <param name="Voters">Akka addresses, <c>host:port</c>, that form the metadata quorum at the first start; empty: the seed nodes.</param>
public sealed record ControllerSettings(IReadOnlyList<string> Voters)
{
    internal static ControllerSettings From(SettingsReader reader)
    {
        var voters = reader.TextList("controller.voters");
        foreach (var voter in voters)
        {
            var colon = voter.LastIndexOf(':');
            if (colon <= 0 || !ushort.TryParse(voter.AsSpan(colon + 1), out _))
                reader.Refuse("controller.voters", voter, "host:port of the Akka address of a node");
        }
        return new ControllerSettings(voters);
    }
}
