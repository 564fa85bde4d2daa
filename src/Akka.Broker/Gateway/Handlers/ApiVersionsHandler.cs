using Akka.Broker.Connections;
using Akka.Broker.Controller;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Gateway.Handlers;

/// <summary>Says which APIs are served in which versions, and the cluster's features (KIP-35, KIP-511, KIP-584).</summary>
/// <param name="metadata">The node's.</param>
/// <param name="levels">That this build reads.</param>
/// <param name="isForBrokersAlone">
/// What is served yet is nothing for clients. They are turned away here already: one that learned of so few APIs would call the broker unfit, not absent.
/// </param>
public sealed class ApiVersionsHandler(MetadataCache metadata, MetadataLevels? levels = null, bool isForBrokersAlone = false) : RequestHandler<ApiVersionsRequest, ApiVersionsResponse>
{
    /// <summary>Below this version a feature's lowest level may not be 0.</summary>
    private const short ZeroLevelsFrom = 4;

    private readonly MetadataLevels _levels = levels ?? MetadataLevels.OfThisBuild;
    private IReadOnlyList<IRequestHandler> _served = [];

    public override (short Min, short Max) Versions => (0, 4);

    public override bool IsForBrokers => true;

    /// <summary>Tells what is served, this API included: the table does so when it is made.</summary>
    internal void Announce(HandlerTable handlers) => _served = handlers.Handlers;

    public override ValueTask<ApiVersionsResponse> HandleAsync(ApiVersionsRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        if (isForBrokersAlone && request.ClientSoftwareName != BrokerConnectionOptions.BrokerSoftwareName)
            throw new TurnedAwayException();
        if (context.ApiVersion >= 3 && !(IsName(request.ClientSoftwareName) && IsName(request.ClientSoftwareVersion)))
            return new(new ApiVersionsResponse { ErrorCode = ErrorCode.InvalidRequest });
        var response = new ApiVersionsResponse();
        foreach (var handler in _served)
        {
            if (context.IsInterBroker || !handler.IsInterBrokerOnly)
                response.ApiKeys.Add(RangeOf(handler));
        }
        if (context.ApiVersion >= 3)
            AddFeatures(response, metadata.Current, context.ApiVersion);
        return new(response);
    }

    /// <summary>The answer to a version that is not served, encoded as version 0: the client asks again within the range.</summary>
    internal static ApiVersionsResponse Refuse(IRequestHandler apiVersions) =>
        new() { ErrorCode = ErrorCode.UnsupportedVersion, ApiKeys = [RangeOf(apiVersions)] };

    private static ApiVersionsResponse.ApiVersion RangeOf(IRequestHandler handler) =>
        new() { ApiKey = (short)handler.ApiKey, MinVersion = handler.Versions.Min, MaxVersion = handler.Versions.Max };

    private void AddFeatures(ApiVersionsResponse response, MetadataImage image, short version)
    {
        short lowest = version >= ZeroLevelsFrom ? (short)0 : _levels.Min;
        response.SupportedFeatures.Add(new() { Name = MetadataVersion.FeatureName, MinVersion = lowest, MaxVersion = _levels.Max });
        if (image.Offset < 0)
            return;
        response.FinalizedFeaturesEpoch = image.Offset;
        foreach (var (name, level) in image.Features)
            response.FinalizedFeatures.Add(new() { Name = name, MinVersionLevel = level, MaxVersionLevel = level });
    }

    /// <summary>Letters and digits, with dots and hyphens between them: <c>[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?</c>.</summary>
    private static bool IsName(string text)
    {
        if (text.Length == 0 || !char.IsAsciiLetterOrDigit(text[0]) || !char.IsAsciiLetterOrDigit(text[^1]))
            return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.'))
                return false;
        }
        return true;
    }
}
