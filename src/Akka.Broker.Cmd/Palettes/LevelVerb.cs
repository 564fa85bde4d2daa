using Akka.Broker.Cmd.Access;
using Akka.Broker.Cmd.Output;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Cmd.Palettes;

/// <summary>The level of the metadata: what an upgrade of all nodes is finished with.</summary>
internal static class LevelVerb
{
    private const string Level = "level";

    public static Verb Verb { get; } = new VerbBuilder("level", "The level of metadata.version, which nodes read which, and raising it when all run a newer release", RunAsync)
        .Takes(Level, "Raise it to this; it is never lowered", "-l").Formatted().Execute().Build();

    private static async Task RunAsync(VerbContext context)
    {
        var image = context.Image;
        var brokers = image.Brokers.Values.ToList();
        context.Show(new Report()
            .Field("level", image.MetadataVersion)
            .Field("highest that all read", brokers.Count == 0 ? null : brokers.Min(b => b.MetadataVersionMax))
            .Table("nodes", ["node", "lowest", "highest"], brokers.Select(b => new object?[] { b.Id, b.MetadataVersionMin, b.MetadataVersionMax })));
        if (!context.Arguments.Has(Level))
            return;
        var level = (short)context.Arguments.Int(Level, 1, short.MaxValue);
        await RaiseAsync(context, level, validateOnly: true).ConfigureAwait(false);
        if (!context.Executes)
        {
            context.SayUnlessJson($"{MetadataVersion.FeatureName} would be {level} from then on; a release that does not read it cannot come back.");
            context.SayHowToExecute();
            return;
        }
        await RaiseAsync(context, level, validateOnly: false).ConfigureAwait(false);
        context.SayUnlessJson($"{MetadataVersion.FeatureName} is {level}.");
    }

    private static async Task RaiseAsync(VerbContext context, short level, bool validateOnly)
    {
        var request = new UpdateFeaturesRequest
        {
            ValidateOnly = validateOnly,
            FeatureUpdates = [new() { Feature = MetadataVersion.FeatureName, MaxVersionLevel = level }],
        };
        var response = await context.AdministerAsync<UpdateFeaturesResponse>(request).ConfigureAwait(false);
        Answers.Check(response.ErrorCode, response.ErrorMessage, "The level stays");
    }
}
