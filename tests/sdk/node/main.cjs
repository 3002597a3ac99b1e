// Alibaba Cloud's Node.js SDK behind the protocol of piped.py: a request in JSON on each line of stdin, its response
// on a line of stdout.
"use strict";

const readline = require("node:readline");
const ecs = require("@alicloud/ecs20140526");
const sts = require("@alicloud/sts20150401");
const { $OpenApiUtil: { Config } } = require("@alicloud/openapi-core");

/** The types of the SDK cannot hold the parameters. */
class Unsayable extends Error {}

/** A request model from parameters with the names of the API. */
function model(Type, parameters) {
  const own = Object.fromEntries(Object.entries(Type.names()).map(([name, api]) => [api, name]));
  const types = Type.types();
  for (const [api, given] of Object.entries(parameters)) {
    if (!own[api] || (typeof given === "number" && !Number.isSafeInteger(given))) throw new Unsayable(`${api}: ${given}`);
  }
  const one = (type, given) => (typeof type === "function" && typeof given === "object" ? model(type, given) : given);
  const value = (name, given) => (Array.isArray(given) ? given.map((item) => one(types[name].itemType, item)) : one(types[name], given));
  return new Type(Object.fromEntries(Object.entries(parameters).map(([api, given]) => [own[api], value(own[api], given)])));
}

/** A response with the member names of the API. */
const plain = (value) => JSON.parse(JSON.stringify(value.toMap()));

async function call({ client, endpoint, key, secret, token, action, parameters }) {
  const config = new Config({
    accessKeyId: key, accessKeySecret: secret, securityToken: token || undefined, endpoint, protocol: "http",
    regionId: "cn-hangzhou", signatureAlgorithm: client === "rpc1" ? "v2" : undefined,
  });
  const method = action[0].toLowerCase() + action.slice(1);
  const send = async (sdk) => plain((await new sdk.default(config)[method](model(sdk[`${action}Request`], parameters))).body);
  return action === "AssumeRole" ? (await send(sts)).Credentials : send(ecs);
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let reply;
    try {
      reply = { answer: await call(JSON.parse(line)) };
    } catch (error) {
      const status = error.statusCode ?? error.data?.statusCode;
      if (error instanceof Unsayable) reply = { unsayable: error.message };
      else reply = status ? { status, code: error.code, message: error.message.replace(`${error.code}: `, "") } : { broken: error.stack };
    }
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  }
}

main();
