using System.Collections.Concurrent;
using Akka.Event;
using Akka.Util;

namespace Akka.Actor;

/// <summary>The extensions of one system. Each is made once, by the first who asks; others wait for it.</summary>
internal sealed class SystemExtensions(ActorSystemImpl system)
{
    private readonly ConcurrentDictionary<Type, Lazy<object>> _extensions = new();

    public object Register(IExtensionId id)
    {
        var lazy = _extensions.GetOrAdd(id.ExtensionType, _ => new Lazy<object>(() => id.CreateExtension(system)));
        try
        {
            return lazy.Value;
        }
        catch
        {
            _extensions.TryRemove(new KeyValuePair<Type, Lazy<object>>(id.ExtensionType, lazy));
            throw;
        }
    }

    public object? Get(Type type)
    {
        if (_extensions.TryGetValue(type, out var lazy))
            return lazy.Value;
        return null;
    }

    /// <summary>Makes what <c>akka.extensions</c> names: classes of extension keys.</summary>
    public void LoadConfigured()
    {
        foreach (var name in system.Settings.Config.GetStringList("akka.extensions"))
        {
            var type = TypeResolver.TryResolve(name);
            if (type is null || !typeof(IExtensionId).IsAssignableFrom(type))
            {
                system.Log.Error("akka.extensions names [{0}], which is no class of an extension's key", name);
                continue;
            }
            Register((IExtensionId)Activator.CreateInstance(type)!);
        }
    }
}
