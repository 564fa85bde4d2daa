using System.Collections.Frozen;
using System.Text;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway;

/// <summary>The APIs that a gateway serves, by key: what ApiVersions announces and what the README's table says.</summary>
public sealed class HandlerTable
{
    private readonly FrozenDictionary<ApiKey, IFrameHandler> _byKey;

    /// <param name="handlers">One an API.</param>
    public HandlerTable(IEnumerable<IRequestHandler> handlers)
    {
        Handlers = [.. handlers.OrderBy(h => h.ApiKey)];
        var byKey = new Dictionary<ApiKey, IFrameHandler>();
        foreach (var handler in Handlers)
        {
            if (handler is not IFrameHandler frameHandler)
                throw new ArgumentException($"{handler.GetType().Name} is no RequestHandler<,>: the gateway cannot call it.", nameof(handlers));
            if (!byKey.TryAdd(handler.ApiKey, frameHandler))
                throw new ArgumentException($"{byKey[handler.ApiKey].GetType().Name} and {handler.GetType().Name} both serve {handler.ApiKey}.", nameof(handlers));
            (handler as ApiVersionsHandler)?.Announce(this);
        }
        _byKey = byKey.ToFrozenDictionary();
    }

    /// <summary>By rising API key.</summary>
    public IReadOnlyList<IRequestHandler> Handlers { get; }

    /// <summary>What clients are served, as a Markdown table.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder("| key | API | versions |\n|---:|---|---|\n");
        foreach (var handler in Handlers.Where(h => !h.IsInterBrokerOnly))
            text.Append($"| {(int)handler.ApiKey} | {handler.ApiKey} | {handler.Versions.Min}–{handler.Versions.Max} |\n");
        return text.ToString();
    }

    /// <summary>Null where it is not served on such a listener.</summary>
    internal IFrameHandler? Find(ApiKey apiKey, bool isInterBroker) =>
        _byKey.TryGetValue(apiKey, out var handler) && (isInterBroker || !handler.IsInterBrokerOnly) ? handler : null;
}
