using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>
/// UpdateFeatures: raises <c>metadata.version</c> once every registered broker reads the level. It is never lowered: what was written at a level stays in
/// the log.
/// </summary>
internal static class FeatureUpdater
{
    public static Decision<UpdateFeaturesResponse> Update(MetadataImage image, UpdateFeaturesRequest request, MetadataLevels own)
    {
        var response = new UpdateFeaturesResponse();
        var records = new List<IMessage>();
        var lines = new List<DecisionLine>();
        foreach (var asked in request.FeatureUpdates)
        {
            var result = new UpdateFeaturesResponse.UpdatableFeatureResult { Feature = asked.Feature };
            response.Results.Add(result);
            if (Refuse(image, own, asked, request.FeatureUpdates.Count(f => f.Feature == asked.Feature) > 1) is { } refusal)
            {
                result.ErrorCode = refusal.Error;
                result.ErrorMessage = refusal.Message;
            }
            else if (asked.MaxVersionLevel != image.MetadataVersion)
            {
                records.Add(new FeatureLevelRecord { Name = asked.Feature, FeatureLevel = asked.MaxVersionLevel });
                lines.Add(new DecisionLine("feature-raised", $"{asked.Feature} is raised from {image.MetadataVersion} to {asked.MaxVersionLevel}."));
            }
        }
        // All or nothing, and told as the whole request's error too: that is where later versions have it.
        if (response.Results.Find(r => r.ErrorCode != ErrorCode.None) is { } refused)
        {
            response.ErrorCode = refused.ErrorCode;
            response.ErrorMessage = refused.ErrorMessage;
            return new Decision<UpdateFeaturesResponse>([], response);
        }
        return request.ValidateOnly
            ? new Decision<UpdateFeaturesResponse>([], response)
            : new Decision<UpdateFeaturesResponse>(records, response) { Lines = lines };
    }

    private static Refusal? Refuse(MetadataImage image, MetadataLevels own, UpdateFeaturesRequest.FeatureUpdate asked, bool doubled)
    {
        if (doubled)
            return new Refusal(ErrorCode.InvalidRequest, $"'{asked.Feature}' is in the request more than once.");
        if (asked.Feature != MetadataVersion.FeatureName)
            return new Refusal(ErrorCode.InvalidUpdateVersion, $"There is no feature '{asked.Feature}' here; there is {MetadataVersion.FeatureName}.");
        if (asked.MaxVersionLevel < image.MetadataVersion)
        {
            return new Refusal(
                ErrorCode.InvalidUpdateVersion,
                $"{asked.Feature} is {image.MetadataVersion} and cannot be lowered to {asked.MaxVersionLevel}: what was written at that level stays in the log.");
        }
        var unable = image.Brokers.Values.Where(b => asked.MaxVersionLevel > b.MetadataVersionMax).Select(b => b.Id).ToList();
        if (asked.MaxVersionLevel > own.Max || unable.Count > 0)
        {
            var who = asked.MaxVersionLevel > own.Max ? $"the controller reads up to {own.Max}" : $"brokers {PartitionChange.List(unable)} do not read it";
            return new Refusal(
                ErrorCode.InvalidUpdateVersion,
                $"{asked.Feature} cannot be raised to {asked.MaxVersionLevel}: {who}. Start the newer release on every node first, and unregister those that are gone.");
        }
        return null;
    }
}
