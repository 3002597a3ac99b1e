// Alibaba Cloud's Java SDKs behind the protocol of piped.py: a request in JSON on each line of stdin, its response on
// a line of stdout.

import com.aliyun.sts20150401.models.AssumeRoleRequest;
import com.aliyun.tea.NameInMap;
import com.aliyun.tea.TeaException;
import com.aliyun.tea.TeaModel;
import com.aliyun.teaopenapi.models.Config;
import com.aliyuncs.DefaultAcsClient;
import com.aliyuncs.RpcAcsRequest;
import com.aliyuncs.ecs.model.v20140526.DescribeImagesRequest;
import com.aliyuncs.exceptions.ClientException;
import com.aliyuncs.profile.DefaultProfile;
import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.ToNumberPolicy;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

public final class Main {
    private static final Gson GSON =
            new GsonBuilder().setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE).serializeNulls().create();
    /** The old SDK names the members of its models as in the API, except for the first letter. */
    private static final Gson OLD_MODELS =
            new GsonBuilder().setFieldNamingPolicy(FieldNamingPolicy.UPPER_CAMEL_CASE).create();

    record Request(
            String client, String endpoint, String key, String secret, String token, String action,
            Map<String, Object> parameters) {}

    public static void main(String[] arguments) throws Exception {
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            var request = GSON.fromJson(line, Request.class);
            var reply = new HashMap<String, Object>();
            try {
                reply.put("answer", request.client().equals("old") ? callOld(request) : callNew(request));
            } catch (TeaException error) {
                reply.put("status", error.getStatusCode());
                reply.put("code", error.getCode());
                reply.put("message", error.getMessage());
            } catch (ClientException error) {
                // The exception does not have the HTTP status.
                reply.put("code", error.getErrCode());
                reply.put("message", error.getErrMsg());
            } catch (ArithmeticException | ClassCastException | IllegalArgumentException error) {
                reply.put("unsayable", error.toString());
            } catch (Exception error) {
                reply.put("broken", error.toString());
            }
            out.println(GSON.toJson(reply));
        }
    }

    /** aliyun-java-sdk-ecs, which signs with RPC 1.0. */
    private static Object callOld(Request request) throws Exception {
        var profile = request.token() == null || request.token().isEmpty()
                ? DefaultProfile.getProfile("cn-hangzhou", request.key(), request.secret())
                : DefaultProfile.getProfile("cn-hangzhou", request.key(), request.secret(), request.token());
        var client = new DefaultAcsClient(profile);
        try {
            switch (request.action()) {
                case "DescribeImages": {
                    var images = new DescribeImagesRequest();
                    point(images, request);
                    for (var parameter : request.parameters().entrySet()) {
                        set(images, parameter.getKey(), parameter.getValue());
                    }
                    return OLD_MODELS.toJsonTree(client.getAcsResponse(images));
                }
                case "DescribeRegions": {
                    var regions = new com.aliyuncs.ecs.model.v20140526.DescribeRegionsRequest();
                    point(regions, request);
                    return OLD_MODELS.toJsonTree(client.getAcsResponse(regions));
                }
                case "AssumeRole": {
                    var role = new com.aliyuncs.sts.model.v20150401.AssumeRoleRequest();
                    role.setRoleArn((String) request.parameters().get("RoleArn"));
                    role.setRoleSessionName((String) request.parameters().get("RoleSessionName"));
                    role.setDurationSeconds((Long) request.parameters().get("DurationSeconds"));
                    point(role, request);
                    return OLD_MODELS.toJsonTree(client.getAcsResponse(role).getCredentials());
                }
                default:
                    throw new IllegalArgumentException(request.action());
            }
        } finally {
            client.shutdown();
        }
    }

    private static void point(RpcAcsRequest<?> call, Request request) {
        call.setSysEndpoint(request.endpoint());
        call.setSysProtocol(com.aliyuncs.http.ProtocolType.HTTP);
    }

    private static void set(DescribeImagesRequest images, String name, Object value) throws Exception {
        switch (name) {
            case "Tag" -> images.setTags(entries(value, DescribeImagesRequest.Tag.class));
            case "Filter" -> images.setFilters(entries(value, DescribeImagesRequest.Filter.class));
            case "RegionId" -> images.setSysRegionId((String) value);
            default -> {
                for (var method : DescribeImagesRequest.class.getMethods()) {
                    if (method.getName().equals("set" + name)) {
                        var type = method.getParameterTypes()[0];
                        boolean small = type == Integer.class && value instanceof Long;
                        method.invoke(images, small ? (Object) Math.toIntExact((Long) value) : value);
                        return;
                    }
                }
                // The model does not have this parameter.
                images.putQueryParameter(name, String.valueOf(value));
            }
        }
    }

    private static <T> List<T> entries(Object value, Class<T> type) {
        return GSON.toJsonTree(value).getAsJsonArray().asList().stream()
                .map(entry -> {
                    var small = new JsonObject();
                    entry.getAsJsonObject().entrySet().forEach(e -> small.add(e.getKey().toLowerCase(), e.getValue()));
                    return GSON.fromJson(small, type);
                })
                .toList();
    }

    /** Checks that a model has members of these types: the SDK itself would convert or drop values. */
    private static void check(Map<String, Object> parameters, Class<?> model) {
        var types = new HashMap<String, Class<?>>();
        for (var field : model.getFields()) {
            types.put(field.getAnnotation(NameInMap.class).value(), field.getType());
        }
        for (var parameter : parameters.entrySet()) {
            Class<?> type = types.get(parameter.getKey());
            Object value = parameter.getValue();
            if (type == Integer.class && value instanceof Long number) {
                Math.toIntExact(number);
            } else if (type != null && TeaModel.class.isAssignableFrom(type) && value instanceof Map) {
                // A part of the request, which is a model too.
            } else if (type == null || !type.isInstance(value)) {
                throw new IllegalArgumentException(parameter.toString());
            }
        }
    }

    /** ecs20140526, which signs with ACS3 or, with the algorithm v2, with RPC 1.0. */
    private static Object callNew(Request request) throws Exception {
        var config = new Config()
                .setAccessKeyId(request.key())
                .setAccessKeySecret(request.secret())
                .setEndpoint(request.endpoint())
                .setProtocol("http")
                .setRegionId("cn-hangzhou");
        if (request.token() != null && !request.token().isEmpty()) {
            config.setSecurityToken(request.token());
        }
        if (request.client().equals("rpc1")) {
            config.setSignatureAlgorithm("v2");
        }
        if (request.action().equals("AssumeRole")) {
            var role = TeaModel.toModel(request.parameters(), new AssumeRoleRequest());
            var answer = new com.aliyun.sts20150401.Client(config).assumeRole(role);
            return answer.getBody().getCredentials().toMap();
        }
        return invoke(new com.aliyun.ecs20140526.Client(config), request);
    }

    /** Calls the method of an action, which takes a request model and returns a response with a body. */
    private static Object invoke(com.aliyun.ecs20140526.Client client, Request request) throws Exception {
        var type = Class.forName("com.aliyun.ecs20140526.models." + request.action() + "Request");
        check(request.parameters(), type);
        var model = (TeaModel) type.getConstructor().newInstance();
        var name = request.action().substring(0, 1).toLowerCase() + request.action().substring(1);
        try {
            var response = client.getClass().getMethod(name, type).invoke(client, TeaModel.toModel(request.parameters(), model));
            return ((TeaModel) response.getClass().getMethod("getBody").invoke(response)).toMap();
        } catch (InvocationTargetException error) {
            throw error.getCause() instanceof Exception cause ? cause : error;
        }
    }
}
